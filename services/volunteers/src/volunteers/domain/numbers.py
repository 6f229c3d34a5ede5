"""Numbers with a check: the unified volunteer number and the unified social credit code."""

USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
SERIALS = 100_000


def volunteer_number(area: str, serial: int) -> str:
    """12 digits: district, serial, Luhn check digit (ISO/IEC 7812-1). Never the ID number.

    Raises ValueError when the district's hundred thousand numbers are used up.
    """
    if not 0 < serial < SERIALS:
        raise ValueError("serial")
    body = f"{area[:6]}{serial:05}"
    return body + str(luhn(body))


def luhn(body: str) -> int:
    doubled = (int(digit) * (2 - place % 2) for place, digit in enumerate(reversed(body)))
    return -sum(sum(divmod(value, 10)) for value in doubled) % 10


def is_uscc(code: str) -> bool:
    """GB 32100-2015: 18 characters, the last one a check (MOD 31)."""
    if len(code) != 18 or any(letter not in USCC_ALPHABET for letter in code):
        return False
    total = sum(
        USCC_ALPHABET.index(letter) * weight
        for letter, weight in zip(code[:17], USCC_WEIGHTS, strict=True)
    )
    return USCC_ALPHABET[(31 - total % 31) % 31] == code[17]
