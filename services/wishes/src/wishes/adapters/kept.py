"""Everything that is kept about a person: what a copy of it shows, and what is emptied at an erasure.

A part that keeps something about people in a table of its own adds it here: a test compares the two
with every column that can hold words. Who was invited is in no copy: an invitation leaves no trace.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

FORGET_PERSON = """
update beneficiary set name = '', phone = null, address = '', born = null, account_id = null,
    household_id = null, building_id = null, phone_index = null, address_index = null,
    person_index = null, to_index = false, stopped = true, erased_at = $2
where id = $1
"""
# The key is what counts; nothing is left lying about that somebody with an old key could open.
OF_PERSON = "wish_id in (select id from wish where beneficiary_id = $1)"
ACCOUNT = "(select account_id from beneficiary where id = $1)"
# Before FORGET_PERSON: the account, which the first ones take out of what it did, goes with that.
FORGET = (
    f"update wish_history set by_id = null where by_id = {ACCOUNT} and {OF_PERSON}",
    f"update confirmation set by_id = null where by_id = {ACCOUNT} and method = 'code' and {OF_PERSON}",
    f"update evaluation set by_id = null where by_id = {ACCOUNT} and means = 'tap' and {OF_PERSON}",
    f"update complaint set filed_by = null where filed_by = {ACCOUNT} and {OF_PERSON}",
    f"update guardian_consent set noted_by = null where noted_by = {ACCOUNT} and {OF_PERSON}",
    # What was filed with it for other entries has the same account, and so has the answer to a copy, or to
    # what was taken back; who did an erasure is a second person (nobody_erases_alone).
    f"""
    update data_request set filed_by = nullif(filed_by, {ACCOUNT}), answered_by = case
        when kind = 'erasure' and state = 'done' then answered_by else nullif(answered_by, {ACCOUNT})
    end
    where id in (
        select id from data_request where person_id = $1
        union select o.id from data_request d join data_request o on o.filed_with = d.id
        where d.person_id = $1
    )
    """,
    """
    update wish set words = '', title = null, note = null, answers = null, author_id = null,
        proxy_name = null, proxy_phone = null, consent_reference = null, consent_witness = null,
        consent_witness_relation = null
    where beneficiary_id = $1
    """,
    """
    update gift set name = '' where claim_id in (
        select c.id from claim c join wish w on w.id = c.wish_id where w.beneficiary_id = $1
    )
    """,
    f"""
    update confirmation set note = null, witness_name = substr(witness_name, 1, 0) where {OF_PERSON}
    """,
    f"""
    update guardian_consent set name = '', phone = null, reference = null, witness = null,
        witness_relation = null
    where {OF_PERSON}
    """,
    f"delete from speaker where {OF_PERSON}",
    f"delete from attachment where {OF_PERSON}",
    f"update overrule set card_text = null, remark = null where {OF_PERSON}",
    f"update evaluation set remark = null where {OF_PERSON}",
    f"update callback_call set note = null where {OF_PERSON}",
    f"""
    update complaint set words = '', answer = case when answered_at is not null then ''::bytea end
    where {OF_PERSON}
    """,
    f"update message set words = '' where {OF_PERSON}",
    f"update referral set receipt = null, note = null where {OF_PERSON}",
    # What nobody will answer any more would stand in the lists for ever.
    f"delete from callback where outcome is null and {OF_PERSON}",
    f"delete from referral where answered_at is null and {OF_PERSON}",
    f"delete from access_request where used_at is null and {OF_PERSON}",
)


@dataclass(frozen=True)
class Section:
    """One kind of thing that is kept about a person. `sealed`: column → the name that its value was
    sealed under, which may depend on the row. `under`: the column with whose key that is."""

    name: str
    sql: str
    sealed: Mapping[str, str] = field(default_factory=dict)
    under: str = "person_id"


EVERYTHING = (
    Section(
        "person",
        """
        select b.id as person_id, b.area, b.created_at, b.name, b.phone, b.address, b.born,
            h.name as building
        from beneficiary b left join building h on h.id = b.building_id where b.id = any($1)
        order by b.id
        """,
        {"name": "name", "phone": "phone", "address": "address", "born": "born"},
    ),
    Section(
        "household",
        """
        select b.id as person_id, m.volunteer_id, m.noted_by, m.noted_at
        from beneficiary b join household_member m on m.household_id = b.household_id
        where b.id = any($1) and not exists (
            select from beneficiary first
            where first.id = any($1) and first.household_id = b.household_id and first.id < b.id
        ) order by b.id, m.noted_at, m.volunteer_id
        """,
    ),
    Section(
        "wishes",
        """
        select beneficiary_id as person_id, id as wish_id, card_no, area, category, channel, state,
            effort, words, answers, title, note, minor, follow_up_reason, submitted_at, posted_at,
            fulfilled_at
        from wish where beneficiary_id = any($1) order by id
        """,
        {"words": "words", "answers": "answers"},
    ),
    Section(
        "proxies",
        """
        select proxy_id as person_id, card_no, proxy_relation as relation, consent_kind,
            consent_given_at, proxy_name as name, consent_reference as reference,
            consent_witness as witness, consent_witness_relation as witness_relation
        from wish where beneficiary_id = any($1) and proxy_id is not null order by id
        """,
        {"name": "name", "reference": "reference", "witness": "witness"},
    ),
    Section(
        "guardians",
        """
        select w.beneficiary_id as person_id, w.card_no, g.relation, g.kind as consent_kind,
            g.given_at as consent_given_at, g.name, g.reference, g.witness, g.witness_relation
        from guardian_consent g join wish w on w.id = g.wish_id where w.beneficiary_id = any($1)
        order by g.noted_at
        """,
        {
            "name": "guardian_name",
            "reference": "guardian_reference",
            "witness": "guardian_witness",
        },
    ),
    Section(
        "speakers",
        """
        select w.beneficiary_id as person_id, w.card_no, s.kind, s.account_id, s.noted_by, s.noted_at
        from speaker s join wish w on w.id = s.wish_id where w.beneficiary_id = any($1)
        order by s.wish_id, s.kind
        """,
    ),
    Section(
        "attachments",
        """
        select w.beneficiary_id as person_id, w.beneficiary_id, a.id, a.wish_id, w.card_no, a.purpose,
            a.kind, a.size, a.at
        from attachment a join wish w on w.id = a.wish_id where w.beneficiary_id = any($1) order by a.id
        """,
    ),
    Section(
        "verifications",
        """
        select w.beneficiary_id as person_id, w.card_no, v.method, v.verified_by, v.at
        from verification v join wish w on w.id = v.wish_id where w.beneficiary_id = any($1) order by v.at
        """,
    ),
    Section(
        "checks",
        """
        select w.beneficiary_id as person_id, w.card_no, s.method, s.done_at, s.spoke_with, s.seen
        from verification_step s join wish w on w.id = s.wish_id where w.beneficiary_id = any($1)
        order by s.wish_id, s.at, s.line
        """,
    ),
    Section(
        "consents",
        """
        select c.person_id, w.card_no, c.purpose, c.given, c.by_kind, c.how, c.wording,
            c.recorded_by, c.at, c.witness
        from consent c left join wish w on w.id = c.wish_id where c.person_id = any($1) order by c.seq
        """,
        {"witness": "consent_witness"},
    ),
    Section(
        "claims",
        """
        select w.beneficiary_id as person_id, w.card_no, c.state, c.claimant_kind, c.claimant_id,
            c.claimed_at, c.contacted_at, c.delivered_at, c.ended_at, c.ended_as
        from claim c join wish w on w.id = c.wish_id where w.beneficiary_id = any($1) order by c.id
        """,
    ),
    Section(
        "gifts",
        """
        select w.beneficiary_id as person_id, w.card_no, g.line, g.item, g.quantity, g.value_fen, g.name
        from gift g join claim c on c.id = g.claim_id join wish w on w.id = c.wish_id
        where w.beneficiary_id = any($1) order by g.claim_id, g.line
        """,
        {"name": "gift_{line}"},
    ),
    Section(
        "services",
        """
        select w.beneficiary_id as person_id, w.card_no, s.volunteer_id, s.minutes
        from service s join claim c on c.id = s.claim_id join wish w on w.id = c.wish_id
        where w.beneficiary_id = any($1) order by s.claim_id, s.volunteer_id
        """,
    ),
    Section(
        "confirmations",
        """
        select w.beneficiary_id as person_id, w.card_no, f.method, f.answer, f.reason, f.by_id, f.at,
            f.witness_relation, f.witness_name, f.note
        from confirmation f join wish w on w.id = f.wish_id where w.beneficiary_id = any($1) order by f.at
        """,
        {"witness_name": "witness", "note": "note"},
    ),
    Section(
        "evaluations",
        """
        select w.beneficiary_id as person_id, w.card_no, e.id, e.score, e.means, e.by_proxy, e.by_id,
            e.at, e.remark
        from evaluation e join wish w on w.id = e.wish_id where w.beneficiary_id = any($1) order by e.at
        """,
        {"remark": "remark_{id}"},
    ),
    Section(
        "calls",
        """
        select w.beneficiary_id as person_id, w.card_no, c.id, c.outcome, c.called_by, c.at, c.note
        from callback_call c join wish w on w.id = c.wish_id where w.beneficiary_id = any($1) order by c.at
        """,
        {"note": "note_{id}"},
    ),
    Section(
        "complaints",
        """
        select w.beneficiary_id as person_id, w.card_no, c.id, c.about, c.filed_at, c.words,
            c.outcome, c.answered_at, c.answered_by, c.answer as reply
        from complaint c join wish w on w.id = c.wish_id where w.beneficiary_id = any($1) order by c.id
        """,
        {"words": "complaint_{id}", "reply": "answer_{id}"},
    ),
    Section(
        "messages",
        """
        select w.beneficiary_id as person_id, w.card_no, m.id, m.sender, m.by_id, m.sent_at, m.words
        from message m join wish w on w.id = m.wish_id where w.beneficiary_id = any($1) order by m.id
        """,
        {"words": "message_{id}"},
    ),
    Section(
        "referrals",
        """
        select w.beneficiary_id as person_id, w.card_no, r.id, r.recipient, r.reason, r.referred_by,
            r.referred_at, r.outcome, r.answered_at, r.receipt, r.note
        from referral r join wish w on w.id = r.wish_id where w.beneficiary_id = any($1) order by r.id
        """,
        {"receipt": "receipt_{id}", "note": "note_{id}"},
    ),
    Section(
        "visits",
        """
        select w.beneficiary_id as person_id, w.card_no, v.number, v.visitors, v.started_at, v.back_by,
            v.checked_at, v.ended_at
        from visit v join wish w on w.id = v.wish_id where w.beneficiary_id = any($1) order by v.id
        """,
    ),
    Section(
        "changes",
        """
        select w.beneficiary_id as person_id, w.card_no, p.proposed_by, p.proposed_at, p.category,
            p.words, p.title, p.note, p.answers
        from change_proposal p join claim c on c.id = p.claim_id join wish w on w.id = c.wish_id
        where w.beneficiary_id = any($1) order by p.claim_id
        """,
        {"words": "words", "title": "title", "note": "note", "answers": "answers"},
    ),
    Section(
        "overrules",
        """
        select w.beneficiary_id as person_id, w.card_no, o.asked_by, o.asked_at, o.answer, o.answered_by,
            o.answered_at, o.card_text, o.remark
        from overrule o join wish w on w.id = o.wish_id where w.beneficiary_id = any($1) order by o.id
        """,
        {"card_text": "card_text", "remark": "remark"},
    ),
    Section(
        "handed_over",
        """
        select w.beneficiary_id as person_id, w.card_no, h.handed_to, h.by_id, h.at
        from hand_over h join wish w on w.id = h.wish_id where w.beneficiary_id = any($1) order by h.at
        """,
    ),
    Section(
        "taken_down",
        """
        select w.beneficiary_id as person_id, w.card_no, t.reason, t.by_id, t.at
        from takedown t join wish w on w.id = t.wish_id where w.beneficiary_id = any($1) order by t.at
        """,
    ),
    Section(
        "requests",
        """
        select person_id, kind, state, filed_at, due_at, answered_at, reason, wanted
        from data_request where person_id = any($1) order by filed_at, id
        """,
        {"wanted": "wanted"},
    ),
    Section(
        "history",
        """
        select w.beneficiary_id as person_id, w.card_no, h.event, h.by_id, h.at
        from wish_history h join wish w on w.id = h.wish_id
        where w.beneficiary_id = any($1) order by h.wish_id, h.version
        """,
    ),
    Section(
        "looks_asked_for",
        """
        select w.beneficiary_id as person_id, w.card_no, a.purpose, a.asked_by, a.asked_at,
            a.approved_by, a.approved_at, a.used_at
        from access_request a join wish w on w.id = a.wish_id where w.beneficiary_id = any($1) order by a.id
        """,
    ),
    Section(
        "reveals",
        """
        select person_id, by_name, by_id, by_kind, by_role, by_area, fields, purpose, at
        from reveal_audit where person_id = any($1) order by seq
        """,
        {"by_name": "by_name"},
    ),
    Section(
        "reveals_of_proxies",
        """
        select r.person_id, w.card_no, r.by_name, r.by_id, r.by_kind, r.by_role, r.by_area, r.fields,
            r.purpose, r.at
        from reveal_audit r join wish w on w.proxy_id = r.person_id
        where w.beneficiary_id = any($1) order by r.seq
        """,
        {"by_name": "by_name"},
    ),
)
