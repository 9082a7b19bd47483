"""Django settings. Everything an operator may change comes from the environment; docs/operate.md lists the names."""

from __future__ import annotations

from pathlib import Path

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from quanshi.config import environment, logs, metrics

ENV = environment.read()
PACKAGE = Path(__file__).resolve().parent.parent

SECRET_KEY = ENV.secret
DEBUG = False
ALLOWED_HOSTS = ENV.allowed_hosts
PLACEMENT_LANES = ENV.lanes  # batches of orders that one process of the web server may have in the database at once
BASE_URL = ENV.base_url  # where people reach this installation, without a trailing slash
SANDBOX_GATEWAY = ENV.sandbox_gateway
IS_BEHIND_PROXY = ENV.behind_proxy
METRICS_TOKEN = ENV.metrics_token
METRICS_FOLDER = metrics.folder()
WEBHOOK_TRUSTED = ENV.webhook_trusted
PAYMENT_ACCOUNTS = ENV.payment_accounts  # by provider; one that is not set up is not there

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",  # before the admin, whose templates it replaces
    "django.contrib.admin.apps.SimpleAdminConfig",  # looks for nobody's admin: web/operator says what there is
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "procrastinate.contrib.django",
    "quanshi.kernel",
    "quanshi.accounts",
    "quanshi.shops",
    "quanshi.tokens",
    "quanshi.catalog",
    "quanshi.stock",
    "quanshi.ledger",
    "quanshi.payments",
    "quanshi.fulfilment",
    "quanshi.storefront",
    "quanshi.search",
    "quanshi.orders",
    "quanshi.interop",
    "quanshi.reviews",
    "quanshi.web",
    "quanshi.web.shop",
    "quanshi.web.people",
    "quanshi.web.console",
    "quanshi.web.sandbox",
    "quanshi.web.operator",
]

MIDDLEWARE = [
    "quanshi.web.middleware.RequestLogMiddleware",
    "quanshi.web.domains.middleware.DomainMiddleware",  # before whatever asks for the host
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # BREACH guesses a secret by the length of pages that repeat what it sends. Each page masks its CSRF token anew, the
    # middleware adds a random length, and the session's cookie does not come along from other sites' pages.
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "quanshi.web.middleware.PrivacyMiddleware",
    "quanshi.web.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "quanshi.web.middleware.VisitorMiddleware",
    "quanshi.web.middleware.DomainErrorMiddleware",
]

# what the API and the gateways' notifications need of it: see config/wsgi.py
PROGRAM_MIDDLEWARE = [
    "quanshi.web.middleware.RequestLogMiddleware",
    "quanshi.web.domains.middleware.DomainMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "quanshi.web.middleware.PrivacyMiddleware",
    "quanshi.web.middleware.LanguageMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "quanshi.web.middleware.VisitorMiddleware",
]

ROOT_URLCONF = "quanshi.config.urls"
WSGI_APPLICATION = "quanshi.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "web" / "templates"],  # first, so that our sign-in pages win over allauth's own
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "quanshi.web.context.page",
            ],
            "builtins": ["quanshi.web.templatetags.quanshi"],
        },
    }
]

DATABASES = {"default": ENV.database}
CACHES = {
    # sign-in limits are counted here; in the database, because a count of one's own would be a limit per process
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "web_cache",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}

AUTH_USER_MODEL = "accounts.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_ADAPTER = "quanshi.web.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_SIGNUP_FORM_CLASS = "quanshi.web.people.signup.SignupForm"
HAS_MAIL = bool(ENV.email_url)
# with mail an address is proven before it counts, and nobody learns which addresses have an account
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if HAS_MAIL else "none"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = HAS_MAIL
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = HAS_MAIL
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_NOTIFICATIONS = HAS_MAIL
ACCOUNT_SESSION_REMEMBER = True
# many wrong passwords from one place are a guesser; a few for one account may be anybody shutting its owner out
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,50/15m/key"}
ALLAUTH_TRUSTED_PROXY_COUNT = int(ENV.behind_proxy)  # else everybody behind the proxy shares one limit of sign-ins
MFA_ADAPTER = "quanshi.web.accounts.PasskeyAdapter"
MFA_SUPPORTED_TYPES = ["webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = not HAS_MAIL  # where no letter is sent, no address is proven
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = ENV.base_url.startswith("http://")  # a browser does so on localhost alone
PERSONAL_DATA_KEEPERS = "quanshi.config.wiring.KEEPERS"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/me"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"

CAN_SEND_MAIL = bool(ENV.email_url)
globals().update(environment.mail_settings(ENV.email_url))

SESSION_COOKIE_AGE = 60 * 60 * 24 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENV.base_url.startswith("https://")
SESSION_COOKIE_NAME = f"quanshi_session_{ENV.port}"  # two installations on one host do not share a cookie
GUEST_COOKIE_NAME = f"quanshi_guest_{ENV.port}"
CSRF_COOKIE_NAME = f"quanshi_csrf_{ENV.port}"
CSRF_TRUSTED_ORIGINS = [ENV.base_url]
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENV.behind_proxy else None

UNFOLD = {
    "SITE_TITLE": "Quanshi",
    "SITE_HEADER": _("Operators"),
    "SITE_URL": "/",
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": False,
    "SIDEBAR": {
        "navigation": [
            {
                "title": "",
                "items": [
                    {"title": _("People"), "icon": "group", "link": "/operator/accounts/person/"},
                    {"title": _("Shops"), "icon": "storefront", "link": "/operator/shops/shop/"},
                    {
                        "title": _("What was done to people"),
                        "icon": "gavel",
                        "link": "/operator/accounts/operatoraction/",
                    },
                    {"title": _("Staff actions"), "icon": "history", "link": "/operator/shops/staffactionrow/"},
                    {"title": _("Reported reviews"), "icon": "flag", "link": "/console/reviews"},
                    {"title": _("Money of no shop"), "icon": "receipt_long", "link": "/console/differences"},
                ],
            }
        ]
    },
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
# our words win over the same English ones of Django and allauth, which mean something else ("Note" is no warning here)
LOCALE_PATHS = [PACKAGE / "web" / "locale", *sorted((PACKAGE / "web").glob("*/locale"))]
LANGUAGE_COOKIE_NAME = "quanshi_language"
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = ENV.home / "static"
MEDIA_URL = "/media/"
MEDIA_ROOT = ENV.home / "media"
NODE_MODULES = ENV.node_modules
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # pictures as they came, with their metadata: kept, and under no public address
    "originals": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": ENV.home / "originals", "base_url": None, "file_permissions_mode": 0o600},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SILENCED_SYSTEM_CHECKS: list[str] = []

LOGGING = logs.configuration(home=ENV.home, to_file=ENV.log_to_file)
