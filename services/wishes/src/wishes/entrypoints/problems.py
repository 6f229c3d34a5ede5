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
        409,
        "no-consent",
        "本人还没同意公开",
        "这张卡还没有本人同意公开，请先问过本人，孩子的心愿问监护人，再来发布。",
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
    errors.WrittenByYou: ProblemSpec(
        409,
        "written-by-you",
        "这是您替别人提的心愿",
        "您写下的、您替人说话的心愿，请让别的邻居来办，这样谁都说得清。您可以去看看树上别人的。",
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
    errors.TooMuchGiven: ProblemSpec(
        422,
        "too-much-given",
        "估值写多了",
        "一个人或一个单位给一个心愿的东西，前后合起来最多 {yuan} 元。请核对写的估值，是不是多写了零。",
    ),
    errors.TooMuchTime: ProblemSpec(
        422,
        "too-much-time",
        "时间写多了",
        "一个人给一个心愿的时间，前后合起来最多 {hours} 小时。请核对写的分钟数。",
    ),
    errors.AlreadyAsked: ProblemSpec(
        409, "already-asked", "已经问过了", "已经问过了，正在等答复，请稍等。"
    ),
    errors.ChangeUnanswered: ProblemSpec(
        409,
        "change-unanswered",
        "先答复改动",
        "许愿的人想改一改，正等您这边答复。请先答复改动，再登记送到。",
    ),
    errors.NothingAsked: ProblemSpec(
        409,
        "nothing-asked",
        "没有在等的",
        "现在没有在等答复的事：可能已经答复过了，或者要的那天已经过了。请刷新看看。",
    ),
    errors.TooFarAway: ProblemSpec(
        422, "too-far-away", "日子不合适", "延期要比现在约好的晚，最晚到{until}，请换一天。"
    ),
    errors.AlreadyEvaluated: ProblemSpec(
        409,
        "already-evaluated",
        "已经评价过了",
        "这一次帮忙已经评价过了，谢谢您。还有话想说，可以提意见。",
    ),
    errors.LastPartner: ProblemSpec(
        409,
        "last-partner",
        "只剩您一位了",
        "这个心愿现在只有您在办。不办了请点“还回树上”，它就能再等别的邻居。",
    ),
    errors.WitnessInvolved: ProblemSpec(
        409,
        "witness-involved",
        "请换一位见证人",
        "见证人不能是许愿的人自己、帮忙的人和他家里人，也不能是记录的人。请换一位没有参与的邻居，再记一次。",
    ),
    errors.NotYourWish: ProblemSpec(
        403,
        "not-your-wish",
        "要由本人来说",
        "这要由许愿的人自己点。替别人转达，请拿上卡片，或者告诉社区的同事。",
    ),
    errors.InvolvedInHelp: ProblemSpec(
        409,
        "involved-person",
        "请没有参与的人来办",
        "这件事您参与过，这一步要由没有参与的人来做。请换一位同事，或者请街道的同事来办。",
    ),
    errors.NoSuchComplaint: ProblemSpec(
        404, "complaint-not-found", "没有这条意见", "没有找到这条意见，请核对编号。"
    ),
    errors.ComplaintOpen: ProblemSpec(
        409,
        "complaint-open",
        "这条意见正在办",
        "同一件事的意见已经收到，正在办，到日子会给答复。别的事可以另外提。",
    ),
    errors.ComplaintAnswered: ProblemSpec(
        409,
        "complaint-answered",
        "已经答复过了",
        "这条意见已经答复过了。有新的情况，请另外提一条。",
    ),
    errors.NoSuchProgramme: ProblemSpec(
        404, "programme-not-found", "没有这个项目", "没有找到这个项目，请核对编号。"
    ),
    errors.ProgrammeClosed: ProblemSpec(
        409,
        "programme-closed",
        "项目今天不收心愿",
        "这个项目还没开始，或者已经结束了。请看看日期，或者另选一个项目。",
    ),
    errors.WishOutsideProgramme: ProblemSpec(
        409,
        "wish-outside-programme",
        "不在项目的范围里",
        "这个心愿不在项目覆盖的地方，请选本街道或本区的项目。",
    ),
    errors.AlreadyInProgramme: ProblemSpec(
        409, "already-in-programme", "已经在项目里了", "一个心愿只进一个项目，它已经在项目里了。"
    ),
    errors.ProgrammeFull: ProblemSpec(
        409,
        "programme-full",
        "项目的实物已经够了",
        "这个项目的实物已经到了计划的数，不再收新的心愿。请另选一个项目，或者转给慈善和社会救助。",
    ),
    errors.DatesCrossed: ProblemSpec(
        422, "dates-crossed", "日期反了", "结束的日子比开始的还早，请改一改再发。"
    ),
    errors.NoSuchReferral: ProblemSpec(
        404, "referral-not-found", "没有这次转办", "没有找到这次转办，请核对编号。"
    ),
    errors.ReferralAnswered: ProblemSpec(
        409,
        "referral-answered",
        "这次转办已经了结",
        "已经登记过回音，或者本人收回了心愿。请刷新看看最新的情况。",
    ),
    errors.ConversationClosed: ProblemSpec(
        409,
        "conversation-closed",
        "这段话说完了",
        "这个心愿现在不在谁手上，留言已经关了。有事请打社区电话。",
    ),
    errors.TooManyMessages: ProblemSpec(
        429,
        "too-many-messages",
        "今天说得够多了",
        "今天的留言够多了，明天再接着说。着急的话请打社区电话。",
    ),
    errors.MessageLeaks: ProblemSpec(
        422,
        "message-leaks",
        "这句话会露出电话或者住址",
        "留言里有号码、住址或者名字，请换一种说法。要通话，请社区帮您们接上。",
    ),
    # Intake: files, consents, drafts, batches, rules.
    errors.AttachmentKindNotTaken: ProblemSpec(
        415,
        "attachment-kind-not-taken",
        "这种文件收不了",
        "能收的是照片（JPEG、PNG、WebP）、PDF 和录音（M4A、AAC、MP3、OGG、WAV、AMR），请换一种再传。",
    ),
    errors.AttachmentNotWhatItSays: ProblemSpec(
        422,
        "attachment-not-what-it-says",
        "文件打不开",
        "这个文件的内容和它说的种类不一样，或者坏了。请重新拍一张、录一段，或者换一种格式再传。",
    ),
    errors.AttachmentTooLarge: ProblemSpec(
        413,
        "attachment-too-large",
        "文件太大了",
        "一个文件最多 5 MB，照片最多 2400 万像素。请把照片调小一点，录音分成两段再传。",
    ),
    errors.TooManyAttachments: ProblemSpec(
        409, "too-many-attachments", "文件够多了", "一个心愿最多留 {most} 个文件，请挑要紧的传。"
    ),
    errors.NoSuchAttachment: ProblemSpec(
        404, "attachment-not-found", "没有这个文件", "这个心愿没有这个文件，请从文件列表里再选。"
    ),
    errors.ConsentEvidenceMissing: ProblemSpec(
        409,
        "consent-evidence-missing",
        "还缺本人同意的凭据",
        "这是别人代写的，还没有本人同意的凭据。请传一张纸条的照片或一段录音，或者写上见证人，再来核实。",
    ),
    errors.GuardianConsentMissing: ProblemSpec(
        409,
        "guardian-consent-missing",
        "还缺监护人同意",
        "这是孩子的心愿，要监护人先同意。请登记监护人和同意的凭据，再来办这一步。"
        "如果不是孩子，是出生年月写错了，请提更正申请，由另一位同事来定。",
    ),
    errors.WitnessIsTheAuthor: ProblemSpec(
        422,
        "witness-is-the-author",
        "见证人要另外请",
        "见证人要另外请一位：许愿的人自己、代写的人、监护人和记录的人，都不能给这句同意作证。",
    ),
    errors.NotAMinor: ProblemSpec(
        409,
        "not-a-minor",
        "不是孩子的心愿",
        "照登记的出生年月，许愿的人不是孩子，由本人同意，不用登记监护人。"
        "如果其实是孩子，请先改心愿里的出生年月，已经有人在办就提更正申请，改好再登记监护人。",
    ),
    errors.NobodyReached: ProblemSpec(
        422,
        "nobody-reached",
        "还没和人说上话",
        "核实凭的那种方式，电话或上门，至少要有一次和人说上话。还没联系上就先留着，联系上了再来核实。",
    ),
    errors.BirthMonthUnknown: ProblemSpec(
        409,
        "birth-month-unknown",
        "还不知道多大",
        "这个心愿还没有登记许愿的人的出生年月。如果是孩子，请先改一改心愿，补上出生年月，再登记监护人。",
    ),
    errors.ApprovalNeeded: ProblemSpec(
        403,
        "approval-needed",
        "要另一位同事先同意",
        "这是孩子的信息。请先提出查看申请，由另一位同事同意以后，一天之内可以看一次。",
    ),
    errors.ApprovalNotNeeded: ProblemSpec(
        409, "approval-not-needed", "不用申请", "许愿的人已满十四岁，写明用途就可以看，不用申请。"
    ),
    errors.NoSuchAccessRequest: ProblemSpec(
        404, "access-request-not-found", "没有这个申请", "没有找到这个查看申请，请从列表里再选。"
    ),
    errors.AccessRequestOver: ProblemSpec(
        409, "access-request-over", "申请已经过了", "这个申请已经答复过，或者过了时间，请重新申请。"
    ),
    errors.NotTheAuthor: ProblemSpec(
        403, "not-the-author", "不是您交的", "这个心愿不是您交的。要改或者要收回，请找社区的同事。"
    ),
    errors.TooManyWaiting: ProblemSpec(
        409,
        "too-many-waiting",
        "先等一等",
        "您交的心愿有 {most} 个还在等核实，等核实好了再交。着急就打社区电话。",
    ),
    errors.NotYourCommunity: ProblemSpec(
        403,
        "not-your-community",
        "不是您登记的社区",
        "网上的心愿交到您登记的社区。住到别处了，请先改登记，或者打那边社区的电话，请他们代填。",
    ),
    errors.ForeignRows: ProblemSpec(
        403,
        "rows-out-of-scope",
        "有的卡不是本社区的",
        "第 {rows} 行不在您负责的社区，一张都还没有存。请拿出来交给那边的同事，其余的再交一次。",
    ),
    errors.NoSuchDraft: ProblemSpec(
        404, "draft-not-found", "没有这份草稿", "没有找到这份草稿：可能已经交了，或者过了三十天。"
    ),
    errors.DraftWrong: ProblemSpec(
        422, "draft-wrong", "有几处要改", "写好的几处里有的不对，改好再存；没写的可以先空着。"
    ),
    errors.DraftIncomplete: ProblemSpec(
        422, "draft-incomplete", "还没写完", "还有几处没写好，补上再交；草稿还在。"
    ),
    errors.TooManyDrafts: ProblemSpec(
        409, "too-many-drafts", "草稿太多了", "您已经有 {most} 份草稿，请先交几份或者删几份。"
    ),
    errors.BadRows: ProblemSpec(
        422,
        "bad-rows",
        "有几张要改",
        "有 {bad} 张卡要改，一张都还没有存。请按行号改好，整批再交一次。",
    ),
    errors.BadQuestions: ProblemSpec(
        422, "bad-questions", "问题写法不对", "问题要按规定的写法来写，请看标出来的地方。"
    ),
    errors.RuleTooEarly: ProblemSpec(
        422, "rule-too-early", "最早明天起", "新的规则最早从{first}起用，今天的心愿按今天的规则办。"
    ),
    errors.NothingToChange: ProblemSpec(
        422, "nothing-to-change", "没有要改的", "请写上要改的那一项：话、类别、大概多久，或者回答。"
    ),
    errors.NoSuchHousehold: ProblemSpec(
        404, "household-not-found", "没有这一户", "没有找到这一户，请从许愿的人那里再登记一次。"
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
    errors.ConsentUnchanged: ProblemSpec(
        409, "consent-unchanged", "已经是这样了", "这一项已经是这样登记的，不用再说一遍。"
    ),
    errors.ConsentNeeded: ProblemSpec(
        409,
        "consent-needed",
        "本人没有同意",
        "这位居民没有同意{what}，或者已经收回。请先问过本人，孩子的心愿问监护人；愿意了，登记新的同意，"
        "再来办这一步。",
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
        422,
        "nothing-to-correct",
        "没写要改什么",
        "请写上正确的姓名、电话、住址或者出生年月，至少写一样。",
    ),
    errors.ErasureWaits: ProblemSpec(
        409,
        "erasure-waits-for-claim",
        "还有事没办完",
        "这位居民还有心愿在办，或者送到了等确认，或者投诉还没答复。办完、确认、答复以后再删；不想等人帮完，请在申请里写明先结束认领。",
    ),
    errors.SecondPersonNeeded: ProblemSpec(
        409,
        "second-person-needed",
        "请另一位同事",
        "这一步要两个人：提出来的、核对过的都不算，请另一位同事来定。",
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
    errors.ReferralUnanswered: ProblemSpec(
        409,
        "referral-unanswered",
        "等对方回音",
        "这个心愿已经转给别处办了。请问问对方办得怎么样，有了结果请登记对方的回音。",
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
    errors.NoPhotoConsent: ProblemSpec(
        409,
        "no-photo-consent",
        "本人没有同意拍照",
        "照片里有本人，本人还没有同意。没有照片也一样算数，只拍东西也可以。",
    ),
    errors.TwoPeopleNeeded: ProblemSpec(
        409,
        "two-people-needed",
        "请两个人一起去",
        "这一趟要两个人一起去。请再约一位邻居点“一起办”，或者请单位一起办。",
    ),
    errors.VisitTooLong: ProblemSpec(
        422,
        "visit-too-long",
        "回来的时间不合适",
        "请写一个从现在起 {hours} 小时以内的时间。到时候没有报平安，社区会打电话问。",
    ),
    errors.VisitUnderWay: ProblemSpec(
        409,
        "visit-under-way",
        "已经有人在路上",
        "这个心愿已经有人上门去了。等他们报了平安，再出发下一趟。",
    ),
    errors.NoSuchVisit: ProblemSpec(
        404, "visit-not-found", "没有这一趟", "没有找到这一趟上门，请核对编号。"
    ),
    errors.NotYourVisit: ProblemSpec(
        403,
        "not-your-visit",
        "不是您去的这一趟",
        "这一趟由去的人自己报平安，或者请社区的同事来办。",
    ),
    errors.NoVisitExpected: ProblemSpec(
        404,
        "no-visit-expected",
        "现在没有约好的人",
        "现在没有约好的人要来。有人敲门请先别开，打社区电话问一问。",
    ),
    errors.VisitCodeWrong: ProblemSpec(
        409,
        "visit-code-wrong",
        "口令不对",
        "口令不对，请先别开门，{more}",
    ),
    errors.VisitCodeUsed: ProblemSpec(
        409,
        "visit-code-used",
        "这个口令用过了",
        "这个口令只能用一次，已经用过了。请先别开门，打社区电话问一问。",
    ),
    errors.VisitCodeLocked: ProblemSpec(
        409,
        "visit-code-locked",
        "试的次数多了",
        "口令试错了五次，这一趟不能再试。请先别开门，打社区电话，由社区的同事来核对。",
    ),
    errors.InviteeNotKnown: ProblemSpec(
        422,
        "invitee-not-known",
        "有人还没通过登记",
        "请到的人或单位里有还没通过登记的，请核对编号，或者等登记通过再请。",
    ),
    errors.DeliveryEvidenceMissing: ProblemSpec(
        422,
        "delivery-evidence-missing",
        "还缺送达的凭据",
        "这一类心愿办好时要留：{what}。请收好以后勾上，再来登记；没有的话请问问社区。",
    ),
    errors.AlreadyErased: ProblemSpec(
        410,
        "already-erased",
        "资料已经删除",
        "这位居民的资料已按本人的要求删除，谁也看不到了，也不用再办。",
    ),
    errors.GuardianSpeaks: ProblemSpec(
        409,
        "guardian-speaks",
        "要监护人来同意",
        "这是孩子的心愿，同意要由监护人说。请监护人到社区，或者打社区电话说一声；不同意随时都可以说。",
    ),
    errors.HelpedElsewhere: ProblemSpec(
        409,
        "helped-elsewhere",
        "这个心愿不是邻居帮成的",
        "这个心愿是别的单位办好的，或者没有人办过，不能接着再许。还有需要的，请登记一个新的心愿。",
    ),
    errors.SentBack: ProblemSpec(
        409,
        "wish-returned",
        "这个心愿退回修改了",
        "这个心愿还要补充，先退给了提的人，改好核实后会再挂上树。树上还有别的，看看吗？",
    ),
    errors.AccountNotYours: ProblemSpec(
        403,
        "account-not-yours",
        "别人的账号要到社区登记",
        "在网上只能登记自己的账号。要登记别人的，请那个人到社区，由同事当面办。",
    ),
    errors.PersonSpeaks: ProblemSpec(
        409,
        "person-speaks",
        "要本人来同意",
        "这一项要本人说了才算，别人不能替他答应。请问过本人，来不了的打电话或上门问；"
        "本人说可以，就按本人说的登记。",
    ),
    errors.ConsentNotHeard: ProblemSpec(
        409,
        "consent-not-heard",
        "还没问到能同意的人",
        "同意要听本人说，孩子的听监护人说；本人说不了、别人代写的，听代写人说。请联系上再问一遍，把这一次也记上，"
        "再来核实。",
    ),
    errors.CodeSeenByYou: ProblemSpec(
        409,
        "code-seen-by-you",
        "这张卡的六个数您看见过",
        "这张卡是您登记的，或者新的六个数是您发的，帮得好不好要凭这六个数来说。请别的邻居来认领，您可以去看看树上别人的。",
    ),
}
