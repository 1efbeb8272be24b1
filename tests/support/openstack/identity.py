"""Keystone, asked by the platform's administrator: projects, users, and where the Glances are."""

from collections.abc import Iterable
from functools import cache
from typing import Any

import requests

ADMIN = "platform"
"""The administrator's user, project, and entry in clouds.yaml."""


def credentials(keystone_url: str, project: str) -> dict[str, str]:
    """What a project's user signs in with, in the words of clouds.yaml; user and project have one name."""
    return {
        "auth_url": keystone_url,
        "username": project,
        "password": password(project),
        "project_name": project,
        "user_domain_id": "default",
        "project_domain_id": "default",
    }


def password(user: str) -> str:
    """The password of a user."""
    return f"{user}-password"


@cache
def administered(keystone_url: str) -> "Identity":
    """A Keystone in which the administrator has signed in, once for as long as this process lives."""
    return Identity(keystone_url)


class Identity:
    """A Keystone in which the administrator has signed in."""

    def __init__(self, keystone_url: str) -> None:
        self._url = keystone_url
        self._roles: dict[str, str] = {}
        self._session = requests.Session()
        self._session.trust_env = False
        self._sign_in()

    def close(self) -> None:
        """Close the connection."""
        self._session.close()

    def _sign_in(self) -> None:
        domain = {"id": "default"}
        user = {"name": ADMIN, "domain": domain, "password": password(ADMIN)}
        auth = {
            "identity": {"methods": ["password"], "password": {"user": user}},
            "scope": {"project": {"name": ADMIN, "domain": domain}},
        }
        answer = self._session.post(f"{self._url}/auth/tokens", json={"auth": auth}, timeout=60)
        answer.raise_for_status()
        self._session.headers["X-Auth-Token"] = answer.headers["X-Subject-Token"]

    def ask_once(self, glance_urls: Iterable[str]) -> None:
        """Ask each server something alone: of several first requests at once some find its policy half read."""
        self.find("role", name="member")
        for url in glance_urls:
            self._session.get(f"{url}/v2/images", timeout=60).raise_for_status()

    def create(self, kind: str, **said: str) -> str:
        """Make a project, user, region, service or endpoint; gives its id."""
        made = self._ask("POST", f"/{kind}s", {kind: said})
        return str(made[kind]["id"])

    def find(self, kind: str, **said: str) -> str:
        """The id of the only one of a kind of which this can be said."""
        (found,) = self._ask("GET", f"/{kind}s", **said)[f"{kind}s"]
        return str(found["id"])

    def new_project(self, project: str, user: str | None = None, roles: tuple[str, ...] = ("member",)) -> str:
        """Make a project with one user, who is called like it unless said otherwise; gives the project's id."""
        user = user or project
        project_id = self.create("project", name=project, domain_id="default")
        user_id = self.create("user", name=user, password=password(user), domain_id="default")
        for role in roles:
            if role not in self._roles:
                self._roles[role] = self.find("role", name=role)
            self._ask("PUT", f"/projects/{project_id}/users/{user_id}/roles/{self._roles[role]}")
        return project_id

    def _ask(self, method: str, path: str, body: object = None, **query: str) -> Any:
        answer = self._session.request(method, self._url + path, json=body, params=query, timeout=60)
        answer.raise_for_status()
        return answer.json() if answer.content else None
