"""Pages, blogs and articles of the online store. Comments are not modelled.

The messages are those that live stores answer.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.metadata import drop_metafields
from atom_shopify_plugin.sandbox.domains.shared import image
from atom_shopify_plugin.sandbox.inputs import settle_handle
from atom_shopify_plugin.sandbox.refusals import Refused
from atom_shopify_plugin.sandbox.registry import (
    Filter,
    Member,
    Write,
    derived,
    field_rule,
    kind,
    mutation,
    query,
    writes,
)
from atom_shopify_plugin.sandbox.store import Node
from atom_shopify_plugin.sandbox.writes import create

# Bytes that a body may have: of a page one less than the message says (seen on live stores).
BIG = {"page": (512 * 1024 - 1, "512 KB", "TOO_BIG"), "article": (1024 * 1024, "1 MB", None)}
SUMMARY = 150
TAKEN = "Handle has already been taken"


def _is_published(ctx: Context, node: Node) -> bool:
    at = node.get("publishedAt")
    return at is not None and at <= ctx.stamp


def _states(ctx: Context, node: Node) -> list[str]:
    return ["any", "published" if _is_published(ctx, node) else "unpublished"]


_PUBLISHED = Filter("enum", _states, frozenset({"any", "published", "unpublished"}))
_FILTERS: dict[str, Filter | str] = {"title": "text", "handle": "exact", "created_at": "", "updated_at": ""}
_DATES = "createdAt updatedAt"
kind(
    "Page",
    fields=f"{_DATES} title handle body publishedAt templateSuffix",
    indexed=("handle",),
    filters={**_FILTERS, "published_at": "", "published_status": _PUBLISHED},
    words=("title",),
)
kind(
    "Blog",
    {"commentPolicy": "CLOSED"},
    fields=f"{_DATES} title handle feed templateSuffix",
    indexed=("handle",),
    filters=_FILTERS,
    words=("title",),
)
kind(
    "Article",
    {"blog": None},
    fields=f"{_DATES} title handle body summary tags image author publishedAt templateSuffix",
    indexed=("handle", "blog"),
    listed={"Blog.articles": "blog"},
    filters={
        **_FILTERS,
        "author": "text author.name",
        "blog_id": "id blog",
        "blog_title": "text blog.title",
        "tag": "exact tags",
        "published_at": "",
        "published_status": _PUBLISHED,
    },
    words=("title",),
    sort={
        "AUTHOR": lambda _ctx, node: (node.get("author") or {}).get("name"),
        "BLOG_TITLE": lambda ctx, node: ctx.store.all("Blog")[node["blog"]]["title"],
    },
)


derived(
    {
        "Page|Article.isPublished": _is_published,
        "Blog.tags": lambda ctx, node: sorted(
            {tag for article in _articles(ctx, node)[-200:] for tag in article.get("tags", ())}, key=str.casefold
        ),
    }
)


@field_rule("Page.bodySummary")
def body_summary(_ctx: Context, node: Node, _args: dict[str, Any]) -> str:
    text = " ".join(html.unescape(re.sub(r"<[^<>]*>", "", node.get("body") or "")).split())
    return text[:SUMMARY]


def _articles(ctx: Context, blog: Node) -> list[Node]:
    return ctx.store.find("Article", "blog", blog["id"])


@query("articleAuthors")
def article_authors(ctx: Context, _args: dict[str, Any]) -> Any:
    names = {node["author"]["name"] for node in ctx.store.all("Article").values() if node.get("author")}
    return [{"name": name} for name in sorted(names)]


@query("articleTags")
def article_tags(ctx: Context, args: dict[str, Any]) -> list[str]:
    counts: dict[str, int] = {}
    for node in ctx.store.all("Article").values():
        for tag in node.get("tags", ()):
            counts[tag] = counts.get(tag, 0) + 1
    by_use = args.get("sort") == "POPULAR"
    tags = sorted(counts, key=lambda tag: (-counts[tag] if by_use else 0, tag.casefold()))
    return tags[: args["limit"]]


# writing


def _settle(ctx: Context, write: Write, name: str, *, within: Mapping[str, Any] | None = None) -> None:
    """Settle the handle, the time of publication and the size of the body of a page or an article."""
    _publish(ctx, write, name)
    body = write.values.get("body")
    if body is not None:
        most, shown, code = BIG[name]
        if len(body.encode()) > most:
            raise Refused.one([name, "body"], f"Content is too big (maximum is {shown})", code)
    title = write.values.get("title", "")
    settle_handle(ctx, name.capitalize(), write, title=title, path=[name], fallback=name, within=within, message=TAKEN)


def _publish(ctx: Context, write: Write, name: str) -> None:
    wish, at = write.given.get("isPublished"), write.given.get("publishDate")
    if wish and at is not None and at > ctx.stamp:
        message = "Can’t set isPublished to true and also set a future publish date."
        raise Refused.one([name], message, "INVALID_PUBLISH_DATE")
    if at is not None:
        write.values["publishedAt"] = at
    elif wish is False:
        write.values["publishedAt"] = None
    elif write.creates or (wish and not _is_published(ctx, write.target)):
        write.values["publishedAt"] = ctx.stamp


def _check_page(ctx: Context, write: Write) -> None:
    _settle(ctx, write, "page")


def _check_blog(ctx: Context, write: Write) -> None:
    title = write.values.get("title", "")
    settle_handle(ctx, "Blog", write, title=title, path=["blog"], fallback="blog", numbered=True)


def _drop_articles(ctx: Context, write: Write) -> None:
    for article in _articles(ctx, write.target):
        drop_metafields(ctx, article)
        ctx.delete(article)


def _check_article(ctx: Context, write: Write) -> None:
    given, values = write.given, write.values
    verb = "create" if write.creates else "update"
    blog = given.get("blogId")
    if blog is not None:
        if ctx.lookup(blog, "Blog") is None:
            raise Refused.one(["article"], "Must reference an existing blog.", "NOT_FOUND")
        values["blog"] = blog
    elif write.creates:
        message = "Must reference or create a blog when creating an article."
        raise Refused.one(["article"], message, "BLOG_REFERENCE_REQUIRED")
    author = given.get("author")
    if author is not None:
        name, user = (author.get("name") or "").strip(), author.get("userId")
        if name and user:
            message = f"Can't {verb} an article author if both author name and user ID are supplied."
            raise Refused.one(["article"], message, "AMBIGUOUS_AUTHOR")
        if user:
            raise Refused.one(["article"], "User must exist if a user ID is supplied.", "AUTHOR_MUST_EXIST")
        if not name and write.creates:
            message = "Can't create an article if both author name and user ID are blank."
            raise Refused.one(["article"], message, "AUTHOR_FIELD_REQUIRED")
        values["author"] = {"name": author["name"]}
    if "image" in given:
        values["image"] = _picture(ctx, given["image"], write.node)
    owner = values.get("blog") or write.target["blog"]
    _settle(ctx, write, "article", within={"blog": owner})


def _picture(ctx: Context, given: Mapping[str, Any] | None, node: Node | None) -> Node | None:
    if not given:
        return None
    known = (node or {}).get("image")
    url = given.get("url") or (known or {}).get("url")
    if url is None:
        message = "Cannot update image alt text without an existing image or providing a new image URL"
        raise Refused.one(["article", "image"], message, "INVALID")
    gid = known["id"] if known else ctx.store.new_id("ArticleImage")
    return image(gid, url, given.get("altText", (known or {}).get("altText")))


@mutation("articleCreate")
def article_create(ctx: Context, args: dict[str, Any]) -> Node:
    given, blog = args["article"], args.get("blog")
    if blog is not None:
        if given.get("blogId") is not None:
            raise Refused.one(["article"], "Can't create a blog from input if a blog ID is supplied.", "AMBIGUOUS_BLOG")
        made = create(ctx, "Blog", {"title": blog["title"]}, "ArticleBlogInput")
        given = {**given, "blogId": made["id"]}
    return {"article": create(ctx, "Article", given, "ArticleCreateInput")["id"]}


_OWN = Member(field=None)
_MEMBERS = {"title": Member(required=True, filled=True, longest=255), "redirectNewHandle": Member(modelled=False)}
_PUBLISHING = dict.fromkeys(("isPublished", "publishDate"), _OWN)
writes(
    "Page",
    members={**_MEMBERS, **_PUBLISHING, "handle": Member(field=None, longest=255)},
    start={"body": ""},
    check=_check_page,
    path=("page",),
)
writes(
    "Blog",
    members={**_MEMBERS, "handle": Member(field=None, longest=255), "redirectArticles": Member(modelled=False)},
    check=_check_blog,
    remove=_drop_articles,
    path=("blog",),
)
writes(
    "Article",
    members={
        **_MEMBERS,
        **_PUBLISHING,
        **dict.fromkeys(("blogId", "author", "image"), _OWN),
        "handle": Member(field=None, longest=265),
    },
    start={"body": "", "tags": []},
    check=_check_article,
    path=("article",),
)
