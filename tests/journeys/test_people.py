"""A person's own corner: a passkey instead of the password, an address, a copy of their data, and leaving."""

from __future__ import annotations

import io
import json
import re
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from tests.journeys.pages import ADDRESS, PHONE, Camera, fill_in_address, shut_out, sign_up, wait_for_words
from tests.support.stack import Stack

pytestmark = pytest.mark.journey

EMAIL = "lin.xiao@example.com"
PASSWORD = "a long pass phrase"


def give_it_an_authenticator(page: Page) -> tuple[CDPSession, str]:
    """A fingerprint reader of Chromium's own: the real ceremony with a key in software."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    added = devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return devtools, str(added["authenticatorId"])


@dataclass
class Corner:
    """The person's browser; every page that it looks at is photographed and read by axe-core."""

    page: Page
    url: str
    camera: Camera
    shut_out: dict[str, list[str]] = field(default_factory=dict)

    def look(self, name: str) -> None:
        self.camera.shoot(self.page, name)
        self.shut_out[name] = shut_out(self.page)

    def go(self, path: str, name: str = "") -> None:
        self.page.goto(f"{self.url}{path}")
        if name:
            self.look(name)


def test_a_person_keeps_their_corner(live_stack: Stack, browser: Browser, camera: Camera) -> None:
    page = browser.new_context(viewport=PHONE, locale="en-GB", has_touch=True, is_mobile=True).new_page()
    corner = Corner(page, live_stack.url.replace("127.0.0.1", "localhost"), camera)  # a passkey belongs to a name
    devtools, authenticator = give_it_an_authenticator(page)
    sign_up(page, corner.url, EMAIL, PASSWORD)
    corner.look("me")
    add_a_passkey(corner)
    (key,) = devtools.send("WebAuthn.getCredentials", {"authenticatorId": authenticator})["credentials"]
    assert (key["rpId"], key["isResidentCredential"]) == ("localhost", True)
    sign_in_by_passkey(corner)
    write_an_address(corner)
    corner.go("/me/sessions", "sessions")
    expect(page.get_by_text("This browser")).to_be_visible()
    fetch_a_copy(corner)
    leave(corner)
    assert corner.shut_out == {name: [] for name in corner.shut_out}
    page.context.close()


def add_a_passkey(corner: Corner) -> None:
    corner.page.get_by_role("link", name="Passkeys").click()
    corner.look("no-passkey")
    corner.page.get_by_role("link", name="Add a passkey").click()
    corner.look("is-it-you")
    corner.page.locator('[name="password"]').fill(PASSWORD)
    corner.page.get_by_role("button", name="Confirm").click()
    corner.look("add-passkey")
    corner.page.get_by_role("button", name="Add a passkey").click()
    expect(corner.page.get_by_text(re.compile("^Added on"))).to_be_visible()
    corner.look("passkeys")


def sign_in_by_passkey(corner: Corner) -> None:
    corner.go("/me")
    corner.page.get_by_role("button", name="Sign out").click()
    corner.go("/accounts/login/", "sign-in")
    corner.page.get_by_role("button", name="Sign in with a passkey").click()
    corner.page.wait_for_url(re.compile(r"/me$"))


def write_an_address(corner: Corner) -> None:
    corner.go("/me/addresses", "no-address")
    corner.page.get_by_role("link", name="New address").click()
    fill_in_address(corner.page)
    corner.look("new-address")
    corner.page.get_by_role("button", name="Save").click()
    expect(corner.page.get_by_text("浙江省 杭州市 西湖区")).to_be_visible()
    corner.look("addresses")


def fetch_a_copy(corner: Corner) -> None:
    corner.go("/me/privacy", "privacy")
    corner.page.get_by_role("button", name="Ask for a copy").click()
    corner.page.get_by_role("link", name="Use a passkey").click()
    corner.look("prove-by-passkey")
    corner.page.get_by_role("button", name="Use a passkey").click()
    expect(corner.page.get_by_text(re.compile("Being made|Fetch it"))).to_be_visible()  # what was asked for goes on
    wait_for_words(corner.page, f"{corner.url}/me/privacy", "Fetch it")
    corner.look("privacy-copy")
    with corner.page.expect_download() as downloading:
        corner.page.get_by_role("link", name="Fetch it").click()
    file = zipfile.ZipFile(io.BytesIO(Path(downloading.value.path()).read_bytes()))
    told = json.loads(file.read("accounts.json"))
    assert told["person"]["email"] == EMAIL
    assert told["addresses"][0]["street"] == ADDRESS["street"]


def leave(corner: Corner) -> None:
    page = corner.page
    page.get_by_role("link", name="Close the account").click()
    corner.look("close")
    page.get_by_label(re.compile("^Yes, close my account")).check()
    page.get_by_role("button", name="Close the account").click()
    expect(page.get_by_role("heading", name="Your account is closed")).to_be_visible()
    corner.look("farewell")
    corner.go("/accounts/login/")
    with page.expect_response(re.compile("/webauthn/login/")):
        page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_load_state("networkidle")  # what comes of it is a page, and would end the next one's way
    corner.go("/me/addresses")
    expect(page).to_have_url(re.compile("/accounts/login/"))  # the key of a closed account opens nothing
