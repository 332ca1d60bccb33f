"""What news agencies send: the IPTC's XML, and the text formats of the wires.

``wire`` is shared by IPTC 7901 and ANPA 1312. In XML ``iptc_xml`` has the words, dates and people, ``block`` the text;
with them ``nitf_document``, ``newsml_1_item`` (its tree: ``newsml_1_components``) and ``newsml_g2_item`` each read an
item.
"""
