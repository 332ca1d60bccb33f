"""Structured data of schema.org, as web pages carry it in scripts and as files of JSON are written in it.

``json_ld`` reads the text of a script, ``schema_org`` finds the articles among the nodes and says what their properties
say, ``values`` what a property's value means however a site wrote it.
"""
