from __future__ import annotations

from django.urls import URLPattern, path

from quanshi.web.people.views import addresses, claim, letters, privacy, profile, sessions, wechat

app_name = "people"
urlpatterns: list[URLPattern] = [
    path("regions", addresses.regions, name="regions"),
    path("terms", letters.terms, name="terms"),
    path("privacy", letters.privacy_notice, name="privacy_notice"),
    path("me/profile", profile.profile, name="profile"),
    path("me/addresses", addresses.addresses, name="addresses"),
    path("me/addresses/new", addresses.edit, name="new_address"),
    path("me/addresses/<uuid:address_id>", addresses.edit, name="address"),
    path("me/addresses/<uuid:address_id>/default", addresses.make_default, name="default_address"),
    path("me/addresses/<uuid:address_id>/delete", addresses.delete, name="delete_address"),
    path("me/sessions", sessions.sessions, name="sessions"),
    path("me/sessions/<int:session_id>/end", sessions.end, name="end_session"),
    path("me/sessions/end-others", sessions.end_others, name="end_other_sessions"),
    path("me/claim", claim.claim, name="claim"),
    path("accounts/wechat/", wechat.sign_in, name="wechat_sign_in"),
    path("accounts/wechat/back", wechat.back, name="wechat_back"),
    path("me/wechat", wechat.link, name="wechat"),
    path("me/wechat/link", wechat.begin_link, name="link_wechat"),
    path("me/wechat/unlink", wechat.unlink, name="unlink_wechat"),
    path("me/privacy", privacy.privacy, name="privacy"),
    path("me/privacy/consent", privacy.consent, name="consent"),
    path("me/privacy/export", privacy.request_export, name="request_export"),
    path("me/privacy/export/<uuid:export_id>", privacy.export, name="export"),
    path("me/close", privacy.close, name="close"),
    path("farewell", privacy.farewell, name="farewell"),
]
