"""What web servers must know of a site: that the address of a retracted article answers 410, with its page. Pure.

A retracted article has a mark beside its page (``articles/SLUG/gone``), so the rules of nginx and Apache are the same
for ever: they ask for the mark, and no server has to be told of a retraction. Netlify knows no such question and is
given a list of the addresses.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from feeder.render import Site

_FORMS: Final = ("", "/*", ".json", ".md")
"""All that begins with the address of an article."""
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
MOVEDlocation @feeder_gone {
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
MOVEDRewriteRule ^[.]feeder(?:/|$) - [R=404,L]
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


@dataclass(frozen=True, slots=True)
class Rules:
    """What servers are told of a site.

    ``moved`` are places of it (``/feed``), each with the place where it is for good.
    """

    site: Site
    moved: Mapping[str, str]

    def found_by_servers(self, gone: Iterable[str]) -> dict[str, bytes]:
        """Files that a server finds by itself, by addresses; ``gone`` are the slugs of the retracted articles."""
        path, base = self.site.path, self.site.base_url
        moved = [f"RewriteRule ^{re.escape(place[1:])}$ {base}{to} [R=301,L]\n" for place, to in self.moved.items()]
        lines = [f"{path(place)} {path(to)} 301\n" for place, to in self.moved.items()]
        articles = [path(f"/articles/{slug}") for slug in sorted(gone)]
        lines += [f"{article}{form} {article}/index.html 410!\n" for article in articles for form in _FORMS]
        return {
            ".htaccess": _APACHE.replace("MOVED", "".join(moved)).replace("PREFIX", path("")).encode(),
            "_redirects": "".join(lines).encode(),
        }

    def nginx(self) -> bytes:
        """What nginx has to be told once, as a file to include."""
        path, base = self.site.path, self.site.base_url
        moved = [f"location = {path(place)} {{\n    return 301 {base}{to};\n}}\n" for place, to in self.moved.items()]
        rules = _NGINX.replace("MOVED", "".join(moved)).replace("PREFIX", path(""))
        return rules.replace("PATTERN", re.escape(path(""))).encode()
