"""A word to the other side of a claim, without anybody's number; and staff who read along by leave."""

from collections.abc import Sequence
from uuid import UUID

from chassis.auth import Principal
from chassis.db import Database, Transaction
from chassis.http import Page, decode_cursor, encode_cursor
from chassis.http.problems import FieldProblem
from chassis.ids import uuid7
from chassis.privacy import Vault, record_reveal
from chassis.unit_of_work import UnitOfWork

from wishes.app.access_store import AccessStore
from wishes.app.ask_access import use_approval
from wishes.app.consent_store import ConsentStore
from wishes.app.known_names import known_of
from wishes.app.message_store import Message, MessageStore
from wishes.app.people_store import PeopleStore
from wishes.app.publish_wish import WORDS
from wishes.app.requests_messages import MessageIn, ReadMessages
from wishes.app.sealing import sealed
from wishes.app.sight import holds
from wishes.app.store import WishStore
from wishes.app.views_messages import MessageView, ReadMessage
from wishes.domain import conversation as domain
from wishes.domain.conversation import Side
from wishes.domain.errors import MessageLeaks, NotTheClaimant
from wishes.domain.wish import Claim, Wish

POINTER = "/text"


async def send_as_helper(
    uow: UnitOfWork,
    store: WishStore,
    messages: MessageStore,
    people: PeopleStore,
    vault: Vault,
    who: Principal,
    claim_id: UUID,
    request: MessageIn,
) -> MessageView:
    """By whoever holds the claim. Raises NotTheClaimant, ConversationClosed, MessageLeaks,
    TooManyMessages."""
    async with uow as tx:
        wish, claim = await store.lock_by_claim(tx, claim_id)
        if not holds(who, claim):
            raise NotTheClaimant
        return await _send(
            uow, tx, store, messages, people, vault, wish, claim, "claimant", who.subject, request
        )


async def send_for_resident(
    uow: UnitOfWork,
    store: WishStore,
    messages: MessageStore,
    people: PeopleStore,
    vault: Vault,
    who: Principal | None,
    wish_id: UUID,
    request: MessageIn,
) -> MessageView:
    """By the card (`who`: None; open_card has seen the digits) or by the desk for the person.

    Raises OutOfScope, ConversationClosed, MessageLeaks, TooManyMessages.
    """
    async with uow as tx:
        wish = await store.lock(tx, wish_id)
        if who is not None:
            who.require_scope(wish.area)
        claim = domain.require_open(await store.find_claim(tx, wish.id))
        by = who.subject if who else None
        return await _send(
            uow, tx, store, messages, people, vault, wish, claim, "resident", by, request
        )


async def read_as_staff(
    uow: UnitOfWork,
    store: WishStore,
    messages: MessageStore,
    requests: AccessStore,
    consents: ConsentStore,
    vault: Vault,
    who: Principal,
    wish_id: UUID,
    request: ReadMessages,
) -> Page[ReadMessage]:
    """All conversations about a wish, newest first; the look is written down. Raises OutOfScope,
    ApprovalNeeded, ConsentNeeded as reveal_contact does."""
    (before,) = decode_cursor(request.cursor, UUID) or (None,)
    async with uow as tx:
        wish = await store.lock(tx, wish_id)
        who.require_scope(wish.area)
        await consents.require_served(tx, wish.id)
        await use_approval(tx, requests, who, wish, request.purpose, uow.now)
        found = await messages.of_wish(tx, wish.id, before, request.limit + 1)
        shown = found[: request.limit]
        texts = await open_messages(tx, vault, wish.beneficiary_id, shown)
        items = [
            ReadMessage(**view.model_dump(), claim_id=message.claim_id, by_id=message.by)
            for message, view in zip(shown, texts, strict=True)
        ]
        await record_reveal(tx, vault, wish.beneficiary_id, who, ["messages"], request.purpose)
        more = encode_cursor(items[-1].id) if len(found) > request.limit else None
        return uow.reply(Page(items=items, next=more), people=[wish.beneficiary_id])


async def open_messages(
    db: Database | Transaction, vault: Vault, person: UUID, found: Sequence[Message]
) -> list[MessageView]:
    """In the clear, in the order given."""
    sealed_texts = {_field(message.id): message.words for message in found}
    texts = await vault.open(db, person, sealed_texts) if sealed_texts else {}
    return [
        MessageView(
            id=message.id,
            sender=message.sender,
            text=texts[_field(message.id)] or "",
            sent_at=message.sent_at,
        )
        for message in found
    ]


async def _send(
    uow: UnitOfWork,
    tx: Transaction,
    store: WishStore,
    messages: MessageStore,
    people: PeopleStore,
    vault: Vault,
    wish: Wish,
    claim: Claim,
    sender: Side,
    by: UUID | None,
    request: MessageIn,
) -> MessageView:
    domain.require_open(claim)
    oldest = await messages.nth_last(tx, claim.id, sender, domain.MOST)
    domain.require_patience(oldest, uow.now)
    before = await messages.last(tx, claim.id, sender, domain.READ_WITH)
    await _refuse_leaks(tx, people, vault, wish, request.text, before)
    message_id = uuid7()
    words = await sealed(tx, vault, wish.beneficiary_id, _field(message_id), request.text)
    message = Message(message_id, wish.id, claim.id, sender, by, words, uow.now)
    wish, events = domain.say(wish, claim, message_id, sender, uow.now)
    messages.add(tx, message)
    await store.note(tx, wish, events, uow.now, by=by)
    view = MessageView(id=message_id, sender=sender, text=request.text, sent_at=uow.now)
    return uow.reply(view, version=wish.version, people=[wish.beneficiary_id])


async def _refuse_leaks(
    tx: Transaction,
    people: PeopleStore,
    vault: Vault,
    wish: Wish,
    text: str,
    before: Sequence[Message],
) -> None:
    known = await known_of(tx, people, vault, wish)
    said = {_field(message.id): message.words for message in before}
    opened = await vault.open(tx, wish.beneficiary_id, said) if said else {}
    earlier = [opened[field] or "" for field in said]
    found = domain.findings(text, known.name, known.address, known.others, earlier)
    if found:
        raise MessageLeaks(
            [
                FieldProblem(
                    POINTER,
                    finding.kind,
                    f"第 {finding.start + 1} 到 {finding.end} 个字{WORDS[finding.kind]}，请换一种说法",
                )
                for finding in found
            ]
        )


def _field(message_id: UUID) -> str:
    return f"message_{message_id}"
