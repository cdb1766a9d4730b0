"""What customers say of a cart and a wishlist: taking out, emptying, one more of the same, another quantity."""

from __future__ import annotations

import re

TAKE_OUT = re.compile(
    r"(?<!빼)빼\s*(?:줘|주|고|자|야|도|달|세요|버)|뺄(?:게|래)|삭제|지워|비워|제거|덜어"
    r"|\b(?:remove|delete|empty|clear|drop)\b|\btake\b.*\b(?:out|off)\b",
    re.IGNORECASE,
)
EVERYTHING = re.compile(r"비워|전부|모두|다\s*(?:빼|지|삭)|\b(?:empty|clear|all|everything)\b", re.IGNORECASE)
WISHLIST = re.compile(r"찜|위시|관심\s*상품|하트|wish|saved|favou?rites?", re.IGNORECASE)
CART = re.compile(r"장바구니|카트|바구니|\bcart\b|\bbasket\b|\bbag\b", re.IGNORECASE)
# "One more": of what was put in last, where nothing else is named.
MORE = re.compile(r"(?:한|하나|두|세|네|\d+)\s*\S{0,2}\s*더|더\s*(?:담|넣|주|추가)|\b(?:more|another)\b", re.IGNORECASE)
# "Make it two": of what is in the cart already.
INSTEAD = re.compile(
    r"(?:개|봉|봉지|병|장|세트|통|박스|켤레)(?:로|만)\s*(?:바꿔|바꾸|변경|해|할|줄|늘|고쳐)|수량.*(?:바꿔|바꾸|변경|줄|늘|고쳐)"
    r"|\bmake\s+(?:it|that|them)\b|\bchange\b.*\bto\b|\bonly\b|\binstead\b",
    re.IGNORECASE,
)
# What is taken back or wiped out here is the customer's own account.
OF_THE_ACCOUNT = re.compile(
    r"계정|정보|데이터|탈퇴|회원|주소|번호|\b(?:accounts?|data|profile|details|address|number|me)\b", re.IGNORECASE
)
