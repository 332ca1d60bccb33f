"""What authors write for a site generator: a text, and often front matter above it.

``front_matter`` parts the two and reads the block; ``body`` makes the text HTML or paragraphs, by way of ``template``
(what is no text is left out) and ``footnotes``.
"""
