"""A host in this process, and the clients that come in to it."""

from __future__ import annotations

from atom_shopify_plugin.host.app import create_app


class Door:
    """A host with given plugins, and clients that come in as one person or as nobody."""

    def __init__(self, folder, plugins, **settings) -> None:
        self.app = create_app({"ATOM_HOST_DATA_DIR": str(folder), **settings}, plugins)
        self.host = self.app.extensions["atom_host"]

    def anonymous(self, **arguments):
        return self.app.test_client(**arguments)

    def signed_in(self, subject="ada", **arguments):
        client = self.app.test_client(use_cookies=False)
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {self.host.auth.issue(subject, **arguments)}"
        return client
