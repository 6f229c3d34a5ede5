"""Our measure of likeness is PostgreSQL's own, compared on the real thing."""

import random
from typing import Any

import asyncpg
import pytest
from wishes.domain.trigram import similarity

SCHEMA = "select extnamespace::regnamespace from pg_extension where extname = 'pg_trgm'"
LETTERS = "取暖器冬天冷灯太亮了换一个厨房 的，。！abcXYZ 019_-"


def texts(dice: random.Random) -> tuple[str, str]:
    one = "".join(dice.choices(LETTERS, k=dice.randrange(30)))
    other = "".join(letter for letter in one if dice.random() < 0.8)
    return one, other + "".join(dice.choices(LETTERS, k=dice.randrange(5)))


async def test_it_gives_what_pg_trgm_gives(api: Any) -> None:
    dice = random.Random(3)
    pairs = [texts(dice) for _ in range(300)]
    owner = await asyncpg.connect(api.db.admin_dsn, timeout=5)
    try:
        schema = await owner.fetchval(SCHEMA)
        sql = f"""select {schema}.similarity(one, other) from unnest($1::text[], $2::text[])
            with ordinality as t (one, other, n) order by n"""
        rows = await owner.fetch(sql, [one for one, _ in pairs], [other for _, other in pairs])
    finally:
        await owner.close()
    ours = [similarity(one, other) for one, other in pairs]
    assert ours == pytest.approx([row[0] for row in rows], abs=1e-6)
    assert len({round(number, 3) for number in ours}) > 50


def test_the_same_words_are_the_same_and_others_are_not() -> None:
    words = "天冷了，想有个取暖的电器。"
    assert similarity(words, words) == 1
    assert similarity(words, "天冷了，想要个取暖的电器") > 0.5
    assert similarity(words, "陪我去医院") == 0
    assert similarity("", "") == 0
