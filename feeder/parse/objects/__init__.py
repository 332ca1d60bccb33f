"""Objects of JSON that are articles, whatever system exported them.

``syntax`` reads a text of JSON, ``stream`` a list larger than memory; ``shapes`` unwraps the records, ``kinds`` tells
what each is: a ``feed_item``, a ``ninjs_item`` (``ninjs_members``, ``ninjs_text``, ``ninjs_media``), schema.org's, or a
``plain_object``. ``values`` are made text, moments and bodies.
"""
