"""A web page: from its bytes to its article.

``document`` makes a tree of it, and ``article`` goes the road: what ``head_elements`` and ``microdata`` say and what is
``visible`` (with ``headline`` and ``printed_dates``), the ``choice`` between them, then ``main_content``: the
``container`` of it, or ``trafilatura``'s, written as ``plain_html`` without ``promotion``.
"""
