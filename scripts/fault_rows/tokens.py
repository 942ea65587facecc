"""JSON Web Tokens as any tool that has the secret can make them."""
import base64
import hashlib
import hmac
import json
import time

LIFE_S = 3600


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def sign(secret, header, claims):
    parts = [base64url(json.dumps(part).encode()) for part in (header, claims)]
    signature = hmac.new(secret, b".".join(parts), hashlib.sha256).digest()
    return b".".join([*parts, base64url(signature)]).decode()


def token(secret, user, role="voter"):
    now = int(time.time())
    return sign(secret, {"alg": "HS256", "typ": "JWT"},
                {"sub": str(user), "role": role, "verified": True, "iat": now, "exp": now + LIFE_S})
