"""Mails: their structure and what of them is the article.

``mime`` parts a mail, ``parts`` chooses those that are its text, ``plain_text`` cleans that; ``saved_page`` is a web
page in a mail's form.
"""
