"""The verbs of the stories: each is an act somebody does of their own will, over the public API."""

from collections.abc import Callable
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any

from hansenzhai.cast import STREET, XIANDONG, Beneficiary
from hansenzhai.desk import Desk
from hansenzhai.memory import Memory

SERVICE = "wishes"
YUAN = 100
HOUR = 60
KNOWN_SOON = "giver-not-known"
"""A volunteer approved a moment ago is known to wishes as soon as the event has arrived."""
PAPER = "paper.jpg"
"""A card as it is written by hand; drawn for this demo."""
LetPass = Callable[[str, datetime], None]
"""(wish, until when): the clocks of the wish run on, as if so much time had gone by."""


class Teller:
    """The verbs of the story. Every one is an act somebody does of their own will."""

    def __init__(
        self,
        desk: Desk,
        memory: Memory,
        let_pass: LetPass,
        told: Callable[[str, str], None],
    ) -> None:
        self._desk = desk
        self._memory = memory
        self._let_pass = let_pass
        self._told = told

    def submit(self, story: str, beneficiary: Beneficiary, words: str, **more: Any) -> None:
        person = {"name": beneficiary.name, "address": beneficiary.address}
        if beneficiary.phone:
            person["phone"] = beneficiary.phone
        body = {"area": XIANDONG, "beneficiary": person, "words": words, **more}
        self._once(
            story, "wish", "王娟在服务台登记", lambda key: self._worker("/v1/wishes", body, key)
        )

    def follow_up(self, story: str, earlier: str, words: str, reason: str) -> None:
        body = {"reason": reason, "channel": "paper", "words": words}
        path = f"/v1/wishes/{self.wish(earlier)}/follow-ups"
        self._once(story, "wish", "再挂一张，接着上一张", lambda key: self._worker(path, body, key))

    def hang(self, story: str, title: str, effort: str) -> None:
        checks = {"identity_checked": True, "need_checked": True, "consent_checked": True}
        self._act(
            story,
            "verify",
            "wang-juan",
            "verification",
            "王娟上门核实",
            method="visit",
            checklist=checks,
        )
        self._act(
            story,
            "publish",
            "wu-hongzheng",
            "publication",
            "兀宏政发布，挂上树",
            title=title,
            effort=effort,
        )

    def attach_paper(self, story: str) -> None:
        """The photo of the card that was written by hand, kept with the wish under the person's key."""
        path = f"/v1/wishes/{self.wish(story)}/attachments?purpose=card"
        photo = files("hansenzhai").joinpath(PAPER).read_bytes()
        self._once(
            story,
            "paper",
            "拍下纸卡，一起存好",
            lambda key: self._desk.staff("wang-juan").upload(
                SERVICE, path, photo, "image/jpeg", key=key
            ),
        )

    def let_go(self, story: str, volunteer: str) -> None:
        """Who helped first is asked first, and may say: this time somebody else. Leaves no trace."""
        path = f"/v1/wishes/{self.wish(story)}/offer"
        self._once(
            story,
            "let-go",
            "先问了上次帮忙的人，这次请别人来",
            lambda _: self._desk.volunteer(volunteer).delete(SERVICE, path),
        )

    def put_into_programme(self, story: str, name: str, brand: str) -> None:
        """What is more than one neighbour should give belongs to a programme of the street."""
        body = {
            "area": STREET,
            "name": name,
            "brand": brand,
            "valid_from": "2017-01-01",
            "valid_until": "2099-12-31",
        }
        street = self._desk.staff("yang-haiyan")
        self._once(
            story,
            "programme",
            f"街道开了“{name}”",
            lambda key: street.post(SERVICE, "/v1/programmes", body, key=key),
        )
        programme = {"programme_id": self._memory[f"{story}/programme"]["id"]}
        self._act(story, "in-programme", "wang-juan", "programme", "放进这个项目", **programme)

    def invite(self, story: str, *invitees: tuple[str, str]) -> None:
        asked = [{"kind": kind, "id": self._desk.id_of(who)} for kind, who in invitees]
        self._act(story, "invite", "wang-juan", "invitations", "问了几位，愿不愿意", invitees=asked)

    def decline(self, story: str, volunteer: str) -> None:
        """No, thank you: nobody can ever find out who it was."""

        def act(_: str) -> None:
            caller = self._desk.volunteer(volunteer)
            for asked in caller.get(SERVICE, "/v1/invitations")["items"]:
                if asked["wish_id"] == self.wish(story):
                    caller.delete(SERVICE, f"/v1/invitations/{asked['id']}")

        self._once(story, f"decline/{volunteer}", "有人这次不方便，哪儿都不记", act)

    def let_pass(self, story: str, days: int) -> None:
        """Nobody can wait for that: the clocks of this one wish run on."""

        def act(_: str) -> None:
            by = datetime.fromisoformat(self._memory[f"{story}/claim"]["contact_by"])
            self._let_pass(self.wish(story), by + timedelta(days=days))

        self._once(story, "time", "一直没打电话：先提醒，再请社区问，最后回到树上", act)

    def hand_over(self, story: str) -> None:
        self._act(
            story,
            "hand-over",
            "wang-juan",
            "hand-over",
            "社区请驻地单位一起想办法",
            handed_to="resident_units",
            note="told_by_phone",
        )

    def refer(self, story: str, to: str, reason: str, receipt: str) -> None:
        """Not a wish for a neighbour: handed to who is there for it, and the answer is kept."""
        self._act(
            story,
            "refer",
            "wang-juan",
            "referral",
            "不是邻居办得了的，转给 12345，回执留着",
            to=to,
            reason=reason,
            receipt=receipt,
        )
        path = f"/v1/referrals/{self._memory[f'{story}/refer']['id']}/answer"
        self._once(
            story,
            "answer",
            "那边答复：办好了",
            lambda key: self._worker(path, {"outcome": "helped"}, key),
        )

    def claim(self, story: str, volunteer: str, step: str = "claim") -> None:
        path = f"/v1/wishes/{self.wish(story)}/claims"
        self._once(
            story,
            step,
            "认领",
            lambda key: self._desk.volunteer(volunteer).post(
                SERVICE, path, {}, key=key, wait_for=KNOWN_SOON
            ),
        )

    def claim_for(self, story: str, unit: str, contact: str) -> None:
        path = f"/v1/wishes/{self.wish(story)}/claims"
        body = {"organisation_id": self._desk.id_of(unit)}
        self._once(
            story,
            "claim",
            "单位认领",
            lambda key: self._desk.staff(contact).post(
                SERVICE, path, body, key=key, wait_for=KNOWN_SOON
            ),
        )

    def ring(self, story: str, volunteer: str) -> None:
        path = f"/v1/claims/{self._claim(story)}/contacted"
        self._once(
            story,
            "ring",
            "打过电话，约好了",
            lambda key: self._desk.volunteer(volunteer).post(SERVICE, path, {}, key=key),
        )

    def ask_time(self, story: str, volunteer: str, reason: str) -> None:
        """A day more: by the rule, without asking anybody."""

        def act(key: str) -> Any:
            by = datetime.fromisoformat(self._last_claim(story)["fulfil_by"])
            body = {"until": (by + timedelta(days=1)).date().isoformat(), "reason": reason}
            path = f"/v1/claims/{self._claim(story)}/extension"
            return self._desk.volunteer(volunteer).post(SERVICE, path, body, key=key)

        self._once(story, "more-time", "请多给一天，一按就好", act)

    def evaluate(self, story: str, score: int) -> None:
        slip = self._memory[f"{story}/wish"]
        path = f"/v1/cards/{slip['card_no']}-{slip['code']}/evaluation"
        self._once(
            story,
            "evaluate",
            "许愿的人打了分",
            lambda key: self._desk.anybody.post(SERVICE, path, {"score": score}, key=key),
        )

    def join(self, story: str, helper: str) -> None:
        path = f"/v1/claims/{self._claim(story)}/helpers"
        self._once(
            story,
            f"join/{helper}",
            "一起办",
            lambda key: self._desk.volunteer(helper).post(
                SERVICE, path, {}, key=key, wait_for=KNOWN_SOON
            ),
        )

    def deliver(
        self,
        story: str,
        by: str,
        gifts: tuple[dict[str, Any], ...] = (),
        hours: dict[str, int] | None = None,
        *,
        staff: bool = False,
    ) -> None:
        services = [
            {"volunteer_id": self._desk.id_of(who), "minutes": minutes}
            for who, minutes in (hours or {}).items()
        ]
        body = {"gifts": list(gifts), "services": services}
        path = f"/v1/claims/{self._claim(story)}/delivery"
        caller = self._desk.staff if staff else self._desk.volunteer
        self._once(
            story, "deliver", "送到了", lambda key: caller(by).post(SERVICE, path, body, key=key)
        )

    def confirm_by_code(self, story: str) -> None:
        slip = self._memory[f"{story}/wish"]
        path = f"/v1/cards/{slip['card_no']}-{slip['code']}/confirmation"
        self._once(
            story,
            "confirm",
            "凭卡上的六位数确认：满意",
            lambda key: self._desk.anybody.post(SERVICE, path, {"answer": "satisfied"}, key=key),
        )

    def confirm_by_worker(self, story: str, method: str, witness: str, relation: str) -> None:
        self._act(
            story,
            "confirm",
            "wang-juan",
            "confirmation",
            "王娟回访确认：满意",
            method=method,
            answer="satisfied",
            witness={"name": witness, "relation": relation},
        )

    def gift(self, giver: str, kind: str, item: str, name: str, yuan: int) -> dict[str, Any]:
        return {
            "giver": {"kind": kind, "id": self._desk.id_of(giver)},
            "item": item,
            "name": name,
            "quantity": 1,
            "value_fen": yuan * YUAN,
        }

    def wish(self, story: str) -> str:
        return str(self._memory[f"{story}/wish"]["id"])

    def _claim(self, story: str) -> str:
        return str(self._last_claim(story)["id"])

    def _last_claim(self, story: str) -> dict[str, Any]:
        """The claim that holds now: the second one, where the first has lapsed."""
        try:
            return self._memory[f"{story}/claim-again"]
        except KeyError:
            return self._memory[f"{story}/claim"]

    def _worker(self, path: str, body: dict[str, Any], key: str) -> Any:
        return self._desk.staff("wang-juan").post(SERVICE, path, body, key=key)

    def _act(self, story: str, step: str, who: str, resource: str, words: str, **body: Any) -> None:
        path = f"/v1/wishes/{self.wish(story)}/{resource}"
        self._once(
            story, step, words, lambda key: self._desk.staff(who).post(SERVICE, path, body, key=key)
        )

    def _once(self, story: str, step: str, words: str, act: Callable[[str], Any]) -> None:
        key = f"{story}/{step}"
        self._told(story, words)
        self._memory.once(key, lambda: act(f"hansenzhai/{key}"))
