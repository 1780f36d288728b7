"""What Shopify answers about pages, blogs and articles."""

from __future__ import annotations

from typing import Any

from facts import Before, Fact, each, user_error

PAGE = (
    "mutation M($page: PageCreateInput!) { pageCreate(page: $page) { page { id } userErrors { field message code } } }"
)
PAGE_UPDATE = "mutation M($id: ID!, $page: PageUpdateInput!) { pageUpdate(id: $id, page: $page) { page { handle title body } userErrors { field message code } } }"
BLOG = (
    "mutation M($blog: BlogCreateInput!) { blogCreate(blog: $blog) { blog { id } userErrors { field message code } } }"
)
ARTICLE = "mutation M($article: ArticleCreateInput!, $blog: ArticleBlogInput) { articleCreate(article: $article, blog: $blog) { article { id } userErrors { field message code } } }"
ARTICLE_UPDATE = "mutation M($id: ID!, $article: ArticleUpdateInput!) { articleUpdate(id: $id, article: $article) { article { id } userErrors { field message code } } }"
ABOUT = Before(PAGE, {"page": {"title": "Our story", "body": "<p>We</p>"}}, "about", "pageCreate.page.id")
NEWS = Before(BLOG, {"blog": {"title": "Our news"}}, "news", "blogCreate.blog.id")
HELLO = Before(
    ARTICLE,
    {"article": {"title": "Hello", "blogId": "<news>", "author": {"name": "Ada"}, "tags": ["b", "a"]}},
    "hello",
    "articleCreate.article.id",
)
LONG, FUTURE = "x" * 256, "2099-01-01T00:00:00Z"
SOON = "Can’t set isPublished to true and also set a future publish date."
TAKEN = "Handle has already been taken"


def page(what: str, given: dict[str, Any], message: str, *path: str, code: str | None) -> Fact:
    error = {**user_error(message, "page", *path), "code": code}
    return Fact(
        what,
        PAGE,
        {"page": {"title": "About", **given}},
        before=[ABOUT],
        data={"pageCreate": {"page": None, "userErrors": [error]}},
        cost=10,
    )


def article(what: str, given: dict[str, Any], message: str, *path: str, code: str | None, blog: Any = None) -> Fact:
    error = {**user_error(message, "article", *path), "code": code}
    wish = {"title": "Hi", "blogId": "<news>", "author": {"name": "Ada"}, **given}
    return Fact(
        what,
        ARTICLE,
        {"article": wish, "blog": blog},
        before=[NEWS, HELLO],
        data={"articleCreate": {"article": None, "userErrors": [error]}},
        cost=10,
    )


def unchanged(what: str, given: dict[str, Any], message: str, *path: str, code: str) -> Fact:
    error = user_error(message, "article", *path, code=code)
    return Fact(
        what,
        ARTICLE_UPDATE,
        {"id": "<hello>", "article": given},
        before=[NEWS, HELLO],
        data={"articleUpdate": {"article": None, "userErrors": [error]}},
        cost=10,
    )


def published(what: str, given: dict[str, Any], at: Any, *, visible: bool) -> Fact:
    document = PAGE.replace("{ id }", "{ isPublished publishedAt }")
    return Fact(
        what,
        document,
        {"page": {"title": "A", **given}},
        data={"pageCreate": {"page": {"isPublished": visible, "publishedAt": at}, "userErrors": []}},
    )


FACTS = [
    page("a page has a title", {"title": ""}, "Title can't be blank", "title", code="BLANK"),
    page("a page's title ends at 255", {"title": LONG}, "Title is too long (maximum is 255 characters)", "title", code="TOO_LONG"),
    page("a page's handle ends at 255", {"handle": LONG}, "Handle is too long (maximum is 255 characters)", "handle", code="TOO_LONG"),
    page("a page's handle is its own", {"handle": "our-story"}, TAKEN, "handle", code="TAKEN"),
    page("a page is not too big", {"body": "a" * (512 * 1024)}, "Content is too big (maximum is 512 KB)", "body", code="TOO_BIG"),
    page("a page is published now or later", {"isPublished": True, "publishDate": FUTURE}, SOON, code="INVALID_PUBLISH_DATE"),
    published("a page that is not published", {"isPublished": False}, None, visible=False),
    published("a page that will be published", {"isPublished": False, "publishDate": FUTURE}, FUTURE, visible=False),
    published("a page that was published", {"publishDate": "2020-01-01T00:00:00Z"}, "2020-01-01T00:00:00Z", visible=True),
    Fact("a page's handle gets a number", PAGE.replace("{ id }", "{ handle body bodySummary templateSuffix }"), {"page": {"title": "Our story", "body": "<script>a</script><p onclick=\"b\">Keep &amp; smile</p>"}}, before=[ABOUT],
         data={"pageCreate": {"page": {"handle": "our-story-1", "body": "<script>a</script><p onclick=\"b\">Keep &amp; smile</p>", "bodySummary": "aKeep & smile", "templateSuffix": None}, "userErrors": []}}),
    Fact("an update leaves what it does not name", PAGE_UPDATE, {"id": "<about>", "page": {"title": "About"}}, before=[ABOUT],
         data={"pageUpdate": {"page": {"handle": "our-story", "title": "About", "body": "<p>We</p>"}, "userErrors": []}}),
    Fact("an unknown page", 'mutation M { pageDelete(id: "gid://shopify/Page/1") { deletedPageId userErrors { field message } } }',
         data={"pageDelete": {"deletedPageId": None, "userErrors": [user_error("Page does not exist", "id")]}}, cost=10),
    Fact("a blog has a title", BLOG, {"blog": {"title": ""}}, data={"blogCreate": {"blog": None, "userErrors": [{**user_error("Title can't be blank", "blog", "title"), "code": None}]}}),
    Fact("a blog's taken handle gets a number", BLOG.replace("{ id }", "{ handle commentPolicy }"), {"blog": {"title": "B", "handle": "our-news"}}, before=[NEWS],
         data={"blogCreate": {"blog": {"handle": "our-news-1", "commentPolicy": "CLOSED"}, "userErrors": []}}),
    article("an article has a blog", {"blogId": None}, "Must reference or create a blog when creating an article.", code="BLOG_REFERENCE_REQUIRED"),
    article("an article has one blog", {}, "Can't create a blog from input if a blog ID is supplied.", code="AMBIGUOUS_BLOG", blog={"title": "Other"}),
    article("an article's blog exists", {"blogId": "gid://shopify/Blog/1"}, "Must reference an existing blog.", code="NOT_FOUND"),
    article("an article has an author", {"author": {}}, "Can't create an article if both author name and user ID are blank.", code="AUTHOR_FIELD_REQUIRED"),
    article("an article has a title", {"title": ""}, "Title can't be blank", "title", code="BLANK"),
    article("an article's handle is its own", {"handle": "hello"}, TAKEN, "handle", code="TAKEN"),
    article("an article's handle ends at 265", {"handle": "x" * 266}, "Handle is too long (maximum is 265 characters)", "handle", code="TOO_LONG"),
    article("an article is not too big", {"body": "a" * (1024 * 1024 + 1)}, "Content is too big (maximum is 1 MB)", "body", code=None),
    article("an article is published now or later", {"isPublished": True, "publishDate": FUTURE}, SOON, code="INVALID_PUBLISH_DATE"),
    unchanged("an article has one author", {"author": {"name": "A", "userId": "gid://shopify/StaffMember/1"}}, "Can't update an article author if both author name and user ID are supplied.", code="AMBIGUOUS_AUTHOR"),
    unchanged("an article's author is somebody", {"author": {"userId": "gid://shopify/StaffMember/1"}}, "User must exist if a user ID is supplied.", code="AUTHOR_MUST_EXIST"),
    unchanged("a text for a picture needs the picture", {"image": {"altText": "A"}}, "Cannot update image alt text without an existing image or providing a new image URL", "image", code="INVALID"),
    Fact("an article may bring its blog", ARTICLE.replace("{ id }", "{ handle blog { title handle } author { name } tags summary image { url } }"), {"article": {"title": "Hi", "author": {"name": "Ada"}, "tags": ["b", "a"]}, "blog": {"title": "Fresh"}},
         data={"articleCreate": {"article": {"handle": "hi", "blog": {"title": "Fresh", "handle": "fresh"}, "author": {"name": "Ada"}, "tags": ["a", "b"], "summary": None, "image": None}, "userErrors": []}}),
    Fact("articles are found by what they are", 'query Q { articles(first: 5, query: "blog_title:news tag:a author:ada published_status:published") { nodes { title } } articleTags(limit: 5) articleAuthors(first: 5) { nodes { name } } '
         'blogs(first: 5, query: "handle:our-news") { nodes { articlesCount { count } tags } } pagesCount { count } }', before=[NEWS, HELLO, ABOUT],
         data={"articles": {"nodes": [{"title": "Hello"}]}, "articleTags": ["a", "b"], "articleAuthors": {"nodes": [{"name": "Ada"}]},
               "blogs": {"nodes": [{"articlesCount": {"count": 1}, "tags": ["a", "b"]}]}, "pagesCount": {"count": 2}}),
    Fact("a blog takes its articles along", "query Q($id: ID!) { article(id: $id) { id } }", {"id": "<hello>"}, before=[NEWS, HELLO, Before("mutation M($id: ID!) { blogDelete(id: $id) { deletedBlogId } }", {"id": "<news>"})],
         data={"article": None}, cost=1),
]  # fmt: skip

test_facts = each(FACTS, ["write_content"])
