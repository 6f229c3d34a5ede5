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
    # The desk.
    errors.NothingToOverrule: ProblemSpec(
        422,
        "nothing-to-overrule",
        "这里没有要放行的",
        "检查没有在这几个字上发现问题。请照提示里的位置和类别填，文字要和准备发布的一字不差。",
    ),
    errors.NotToBeOverruled: ProblemSpec(
        409,
        "not-to-be-overruled",
        "这一处不能放行",
        "名字、号码和本人的住址不能留在卡片上，谁同意都不行，请换一种说法。",
    ),
    errors.SecondPersonNeeded: ProblemSpec(
        409,
        "second-person-needed",
        "请另一位同事",
        "这一步要两个人：提出来的和核实过这个心愿的都不算，请另一位同事来定。",
    ),
    errors.AlreadyDecided: ProblemSpec(
        409, "already-decided", "已经定过了", "这件事已经有人定过了，请刷新看看结果。"
    ),
    errors.NoSuchOverrule: ProblemSpec(
        404, "overrule-not-found", "没有这次申请", "没有找到这次放行申请，请核对编号。"
    ),
    errors.NothingToHandOver: ProblemSpec(
        409,
        "nothing-to-hand-over",
        "现在不用转交",
        "这个心愿现在不在等转交：还没到时候，或者这一级已经转交过了。请刷新看看。",
    ),
    errors.SameWish: ProblemSpec(
        422, "same-wish", "是同一个心愿", "两个编号是同一个心愿，请填另一个心愿的编号。"
    ),
    errors.OtherIsEnded: ProblemSpec(
        409,
        "other-is-ended",
        "留下的那个已经不在了",
        "另一个心愿已经退回或者收回了，不能都撤下。请留着这一个。",
    ),
    errors.BuildingUnknown: ProblemSpec(
        422, "building-unknown", "没有这栋楼", "本社区的楼栋单里没有这一栋，请先加上，或者先不选。"
    ),
    errors.BuildingKnown: ProblemSpec(
        409, "building-known", "已经有这栋楼", "本社区已经有这个名字的楼栋，直接选它就行。"
    ),
    errors.NoNewCode: ProblemSpec(
        409,
        "no-new-code",
        "不用再发六位数",
        "这个心愿已经了结或者收回，卡片不再用了，所以不发新的六位数。",
    ),
    errors.OwnCommunityOnly: ProblemSpec(
        403,
        "own-community-only",
        "名单只给本社区的同事",
        "逐个的名单只给本社区的工作人员看，这里可以看汇总的数。",
    ),
}
