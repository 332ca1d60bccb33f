"""What web servers must know of a site: that the address of a retracted article answers 410, with its page. Pure.

A retracted article has a mark beside its page (``articles/SLUG/gone``), so the rules of nginx and Apache are the same
for ever: they ask for the mark, and no server has to be told of a retraction. Netlify knows no such question and is
given a list of the addresses.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from feeder.render import Site

_NGINX: Final = """\
# How nginx serves this site as feeder would. In the server block whose root, with the path of the site's own address
# behind it, is this site:    include /srv/site/.feeder/nginx.conf;
# Nothing here changes when articles do; nginx need not be reloaded.
error_page 404 PREFIX/404.html;
error_page 410 @feeder_gone;
charset utf-8;
charset_types application/json application/xml text/markdown text/plain text/xml;
add_header Cache-Control "public, no-cache";
add_header X-Content-Type-Options nosniff;
location PREFIX/ {
    try_files $uri $uri/index.html =404;
}
location PREFIX/.feeder {
    return 404;
}
location = PREFIX/.htaccess {
    return 404;
}
location ~ "^PATTERN/articles/(?<feeder_slug>[a-z0-9-]+)" {
    if (-f "${document_root}PREFIX/articles/$feeder_slug/gone") {
        return 410;
    }
    types {
        text/html html;
        application/json json;
        text/markdown md;
    }
    try_files $uri $uri/index.html =404;
}
location @feeder_gone {
    try_files $uri $uri/index.html PREFIX/articles/$feeder_slug/index.html =410;
}
location ~ "^PATTERN/feeds/.+[.](?:rss|atom|json)$" {
    types {
        application/rss+xml rss;
        application/atom+xml atom;
        application/feed+json json;
    }
    charset utf-8;
    charset_types *;
    add_header Cache-Control "public, no-cache";
    add_header X-Content-Type-Options nosniff;
    add_header Access-Control-Allow-Origin *;
}
"""
_APACHE: Final = """\
# How Apache serves this site as feeder would, where it may be told so here (AllowOverride FileInfo). Nothing here
# changes when articles do.
ErrorDocument 404 PREFIX/404.html
AddDefaultCharset utf-8
AddType application/rss+xml .rss
AddType application/atom+xml .atom
AddType text/markdown .md
AddCharset utf-8 .atom .json .md .rss .xml
<IfModule mod_headers.c>
Header set Cache-Control "public, no-cache"
Header set X-Content-Type-Options nosniff
</IfModule>
<IfModule mod_rewrite.c>
RewriteEngine On
RewriteRule ^[.]feeder(?:/|$) - [R=404,L]
RewriteRule ^feeds/.+[.]json$ - [T=application/feed+json]
RewriteCond %{ENV:REDIRECT_STATUS} ^$
RewriteCond %{DOCUMENT_ROOT}PREFIX/articles/$1/gone -f
RewriteRule ^articles/([a-z0-9-]+)[.]json$ - [G,E=FEEDER_GONE:$1.json]
RewriteCond %{ENV:REDIRECT_STATUS} ^$
RewriteCond %{DOCUMENT_ROOT}PREFIX/articles/$1/gone -f
RewriteRule ^articles/([a-z0-9-]+) - [G,E=FEEDER_GONE:$1/index.html]
ErrorDocument 410 PREFIX/articles/%{reqenv:FEEDER_GONE}
</IfModule>
"""


def found_by_servers(site: Site, gone: Iterable[str]) -> dict[str, bytes]:
    """Those that a server finds by itself, by their addresses; ``gone`` are the slugs of the retracted articles."""
    prefix = site.path("")
    return {
        ".htaccess": _APACHE.replace("PREFIX", prefix).encode(),
        "_redirects": "".join(map(_netlify(prefix), sorted(gone))).encode(),
    }


def _netlify(prefix: str) -> Callable[[str], str]:
    """Rules that outweigh the files that are there (``!``)."""
    names = ("", "/*", ".json", ".md")
    return lambda slug: "".join(
        f"{prefix}/articles/{slug}{name} {prefix}/articles/{slug}/index.html 410!\n" for name in names
    )


def nginx(site: Site) -> bytes:
    """What nginx has to be told once, as a file to include."""
    prefix = site.path("")
    return _NGINX.replace("PREFIX", prefix).replace("PATTERN", re.escape(prefix)).encode()
