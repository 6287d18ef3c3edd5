"""Opens a database once, so that what is due is done. Standard input: URL, pepper in hexadecimal, sign-up grant."""

from __future__ import annotations

import sys

from nemoproxy.storage import Records

url, pepper, signup_grant = sys.stdin.read().split("\n")
Records.open(url, bytes.fromhex(pepper), signup_grant=int(signup_grant)).close()
