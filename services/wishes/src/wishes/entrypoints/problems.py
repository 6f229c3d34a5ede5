"""Every refusal of the domain, as people read it: what happened, what is safe, what to do."""

from chassis.http import ProblemSpec

from wishes.domain import errors

PROBLEMS: dict[type[Exception], ProblemSpec] = {
    errors.NoSuchWish: ProblemSpec(
        404, "wish-not-found", "没有这个心愿", "没有找到这个心愿，请核对编号。"
    ),
    errors.NoSuchClaim: ProblemSpec(
        404, "claim-not-found", "没有这次认领", "没有找到这次认领，请核对编号。"
    ),
    errors.NoSuchPerson: ProblemSpec(
        404, "person-not-found", "没有这个人", "没有找到这位许愿的人，请核对编号。"
    ),
    errors.NotOnTheTree: ProblemSpec(
        404,
        "card-not-on-tree",
        "树上没有这张卡",
        "树上没有这张卡，可能已经取下了。看看别的心愿，或者打社区电话问一问。",
    ),
    errors.NoSuchCard: ProblemSpec(
        404,
        "card-not-found",
        "对不上",
        "卡号和六个数对不上，再看看卡片右边那一联。{more}",
    ),
    errors.CardLocked: ProblemSpec(
        429,
        "card-locked",
        "先停一会儿",
        "试的次数多了，先停 15 分钟，{until} 再试。着急就打社区电话。",
    ),
    errors.WrongState: ProblemSpec(
        409,
        "wrong-state",
        "现在还不能这样",
        "这一件现在是“{state}”，不能这样办。请刷新看看最新的情况。",
    ),
    errors.SamePerson: ProblemSpec(
        409, "same-person", "请另一位同事发布", "核实和发布要两个人：您核实的，请另一位同事发布。"
    ),
    errors.CardLeaks: ProblemSpec(
        422, "card-leaks", "这张卡会露出是谁", "卡片上有能认出人的内容，请换一种说法再发布。"
    ),
    errors.TreeIsFull: ProblemSpec(
        409, "tree-is-full", "树挂满了", "这棵树上等人帮的心愿已经挂满，先请街道一起想办法。"
    ),
    errors.AlreadyClaimed: ProblemSpec(
        409,
        "already-claimed",
        "有人办了",
        "有位邻居比您早了一步，心愿有人办了。树上还有别的，看看吗？",
    ),
    errors.GiverNotKnown: ProblemSpec(
        409,
        "giver-not-known",
        "还没认得您",
        "您的登记还没通过，或者刚通过还没传到这里，过一分钟再试。",
    ),
    errors.NotTheClaimant: ProblemSpec(
        403, "not-the-claimant", "不在您手上", "这个心愿现在不在您手上，所以看不到也改不了。"
    ),
    errors.AlreadyJoined: ProblemSpec(
        409, "already-joined", "已经在一起办了", "您已经在一起办这个心愿了。"
    ),
    errors.NothingDelivered: ProblemSpec(
        422, "nothing-delivered", "还缺一项", "请写上送了什么，或者谁花了多少时间。"
    ),
    errors.NotAPartner: ProblemSpec(
        422,
        "not-a-partner",
        "有人没在名单上",
        "写到的人要先一起认领：请他自己点“一起办”，再来登记。",
    ),
    errors.InvolvedPerson: ProblemSpec(
        409,
        "involved-person",
        "请没有参与的人来确认",
        "确认和见证要由没有参与帮忙的人来做，请换一位。",
    ),
    errors.NoConsent: ProblemSpec(
        409, "no-consent", "本人还没同意公开", "这张卡还没有本人同意公开，请先问过本人，再来发布。"
    ),
    errors.CategoryUnknown: ProblemSpec(
        422, "category-unknown", "没有这一类", "没有这一类心愿，请从本区开着的类别里选一个。"
    ),
    errors.CategoryNotOpen: ProblemSpec(
        409,
        "category-not-open",
        "这一类现在不收",
        "本区今天不收这一类心愿，请换一类，或者请社区转给别的渠道。",
    ),
    errors.AnswersMissing: ProblemSpec(
        422, "answers-missing", "还有几项没答好", "这一类心愿要先答几个问题，请看标出来的地方。"
    ),
    errors.OwnWish: ProblemSpec(
        409, "own-wish", "这是您自己的心愿", "自己的心愿由邻居来办，您可以去看看树上别人的。"
    ),
    errors.HouseholdWish: ProblemSpec(
        409,
        "household-wish",
        "这是您家里人的心愿",
        "家里人的心愿请让邻居来办，这样谁都说得清。您可以去看看树上别人的。",
    ),
    errors.KeptForAnother: ProblemSpec(
        409,
        "kept-for-another",
        "先问上一次帮忙的人",
        "这个心愿先留给上一次帮忙的人，{until}以后谁都可以办。",
    ),
    errors.Unqualified: ProblemSpec(
        409,
        "unqualified",
        "还差一样",
        "这个心愿要有{what}的人来办。有的话请到社区登记一下，没有就看看别的。",
    ),
    errors.TooManyClaims: ProblemSpec(
        409,
        "too-many-claims",
        "手上已经有几个了",
        "您手上已经有 {most} 个心愿在办，办好一个再来，或者先还回一个。",
    ),
    errors.TooLarge: ProblemSpec(
        409,
        "over-the-value-cap",
        "这一份太大了",
        "一个心愿的实物合起来不超过 {yuan} 元。再大的请社区放进项目，或者转给慈善和社会救助。",
    ),
    errors.AlreadyAsked: ProblemSpec(
        409, "already-asked", "已经问过了", "已经问过了，正在等答复，请稍等。"
    ),
    errors.NothingAsked: ProblemSpec(
        409, "nothing-asked", "没有在等的", "现在没有在等答复的事，可能已经答复过了，请刷新看看。"
    ),
    errors.TooFarAway: ProblemSpec(
        422, "too-far-away", "日子不合适", "延期要比现在约好的晚，最晚到{until}，请换一天。"
    ),
    errors.ConsentUnchanged: ProblemSpec(
        409, "consent-unchanged", "已经是这样了", "这一项已经是这样登记的，不用再说一遍。"
    ),
    errors.ConsentNeeded: ProblemSpec(
        409,
        "consent-needed",
        "本人没有同意",
        "这位居民没有同意{what}，或者已经收回。请先问过本人。",
    ),
    errors.FirstConsentAtDesk: ProblemSpec(
        409,
        "first-consent-at-desk",
        "第一次同意要有人听到",
        "凭卡片可以收回，收回以后也可以再同意；第一次同意请到社区，或者打社区电话说一声。",
    ),
    errors.WitnessNeeded: ProblemSpec(
        422, "witness-needed", "缺一位见证人", "口头同意要有人在场听到，请写上见证人的姓名。"
    ),
    errors.WordingUnknown: ProblemSpec(
        422,
        "wording-unknown",
        "没有这一版说明",
        "没有这一版同意说明，请照页面或纸上写的版本号填。",
    ),
    errors.AlreadyTakenDown: ProblemSpec(
        409, "already-taken-down", "已经取下了", "这张卡已经不在树上了，不用再取。"
    ),
    errors.NotYourData: ProblemSpec(
        403,
        "not-your-data",
        "不是您自己的资料",
        "只能看和改自己的资料。凭心愿卡办，或者请社区同事当面办。",
    ),
    errors.NotRecognised: ProblemSpec(
        403,
        "not-recognised",
        "和登记的不一样",
        "写的姓名或电话和社区登记的不一样，请再看看。{more}记不清，就请社区同事当面办。",
    ),
    errors.NoSuchRequest: ProblemSpec(
        404, "data-request-not-found", "没有这份申请", "没有找到这份申请，请核对编号。"
    ),
    errors.RequestAlreadyOpen: ProblemSpec(
        409,
        "request-already-open",
        "已经申请过了",
        "同样的申请已经登记，正在办。要改，先把那一份收回。",
    ),
    errors.NothingToCorrect: ProblemSpec(
        422, "nothing-to-correct", "没写要改什么", "请写上正确的姓名、电话或者住址，至少写一样。"
    ),
    errors.ErasureWaits: ProblemSpec(
        409,
        "erasure-waits-for-claim",
        "还有人在帮忙",
        "这位居民还有心愿在办，或者送到了等确认。办完、确认以后再删；不想等，请在申请里写明先结束认领。",
    ),
    errors.SecondPersonNeeded: ProblemSpec(
        409,
        "second-person-needed",
        "要第二位同事",
        "这一步要另一位同事来做：登记的、核对的和最后办的不能是一个人。",
    ),
    errors.AlreadyErased: ProblemSpec(
        410,
        "already-erased",
        "资料已经删除",
        "这位居民的资料已按本人的要求删除，谁也看不到了，也不用再办。",
    ),
}
