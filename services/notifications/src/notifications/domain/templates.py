"""The sentences people get, zh-CN first. As a good neighbour at the desk would say it.

No names, no addresses: a message may be read over a shoulder. `{…}` are times, counts and codes.
"""

from notifications.domain.template import Template

TO_RESIDENTS: dict[str, Template] = {
    "wish_received": Template(
        "您的心愿收下了，卡号 {card_no}。社区会先来核实，再挂到树上。",
        "Your wish is with us, card {card_no}. The community will check it and hang it on the tree.",
    ),
    "wish_sent_back": Template(
        "您的心愿还要改一改，社区会跟您联系。",
        "Your wish needs a change; the community will ring you.",
    ),
    "wish_hung": Template(
        "您的心愿挂到树上了，卡号 {card_no}。有邻居来办，我们马上告诉您。",
        "Your wish hangs on the tree, card {card_no}. We will tell you when a neighbour takes it.",
    ),
    "wish_still_waits": Template(
        "您的心愿还没有人接，我们没有忘，请了更多人一起想办法。",
        "Nobody has taken your wish yet. We have not forgotten it: more people are looking after it now.",
    ),
    "wish_taken": Template(
        "有邻居来办您的心愿了，{contact_by}前会联系您。",
        "A neighbour has taken your wish and will be in touch before {contact_by}.",
    ),
    "somebody_rang": Template(
        "邻居说已经跟您联系上了，{fulfil_by}前办好。要是还没有人联系您，跟社区说一声。",
        "Your neighbour says that you have spoken; it will be done by {fulfil_by}. "
        "If nobody has rung you, please tell the community.",
    ),
    "wish_takes_longer": Template(
        "帮您的邻居要多几天，{fulfil_by}前办好。等不及的话，跟社区说一声。",
        "Your neighbour needs a few more days, until {fulfil_by}. If that is too late, please tell the community.",
    ),
    "wish_back_on_tree": Template(
        "先前的邻居这回不方便，您的心愿还在，别的邻居可以接着帮。",
        "The neighbour cannot do it this time. Your wish is still here for others to take.",
    ),
    "change_agreed": Template(
        "帮您的邻居说没问题，就照改过的办。",
        "Your neighbour agrees: it will be done as you changed it.",
    ),
    "wish_hung_anew_soon": Template(
        "改过的心愿，先前的邻居接不了，社区会重新挂到树上。",
        "The neighbour cannot do it as changed; the community will hang your wish on the tree anew.",
    ),
    "visit_begins": Template(
        "有邻居出发来您家了。开门前先对一对上门的六个数，对不上就不开门，给社区打电话。",
        "A neighbour is on the way to you. Compare the six digits before you open; "
        "if they differ, keep the door shut and ring the community.",
    ),
    "part_arrived": Template(
        "有一部分送到了，剩下的接着办。", "A part has arrived; the rest is still to come."
    ),
    "wish_delivered": Template(
        "有人把您的心愿办了。您看合适吗？满意，按“办好了”；不合适，按“不合适”，我们接着办。",
        "Somebody has fulfilled your wish. Is it right for you? If not, say so and we go on.",
    ),
    "wish_blossoms": Template("您的心愿开花了。", "Your wish is in blossom."),
    "wish_goes_on": Template(
        "知道了，不合适我们接着办，会再跟您联系。",
        "We heard you. We go on with it and will be in touch.",
    ),
    "wish_withdrawn": Template("收回了，卡片已经取下。", "Withdrawn; the card is off the tree."),
    "wish_off_tree": Template(
        "您的卡片从树上取下来了。有人在办的接着办；想再挂上去，跟社区说一声。",
        "Your card is off the tree. Help under way goes on; to hang it again, tell the community.",
    ),
    "wish_referred": Template(
        "您的这件事转给了{to}，{due_by}前会有回音。",
        "Your matter was handed to {to}; you will hear by {due_by}.",
    ),
    "referral_answered": Template(
        "转出去的那件事有回音了，社区会跟您说。",
        "There is an answer to what was handed on; the community will tell you.",
    ),
    "word_for_resident": Template(
        "帮您的邻居留了一句话。凭卡号和六个数能看，也可以问社区。",
        "Your neighbour has left a word for you. See it with your card, or ask the community.",
    ),
    "complaint_takes_longer": Template(
        "提的意见还没有答复，让您久等了。已经请上一级来办，{due_by}前答复您。",
        "There is no answer to the complaint yet; we are sorry for the wait. "
        "It was passed up, and you will have one by {due_by}.",
    ),
    "complaint_answered": Template(
        "提的意见有答复了，来社区或者打电话都能问。",
        "There is an answer to the complaint; come or ring to hear it.",
    ),
    "data_request_received": Template(
        "要查、改、删自己信息的请求收到了，{due_by}前答复您。",
        "Your request about your own data has arrived; we answer by {due_by}.",
    ),
    "data_request_answered": Template(
        "关于您自己信息的请求有答复了，来社区或者打电话都能问。",
        "There is an answer to your request about your own data; come or ring to hear it.",
    ),
}
TO_HELPERS: dict[str, Template] = {
    "asked_first": Template(
        "您上次帮过的那一家又挂了一个心愿，先问问您，给您留到 {until}。不方便也没关系，别的邻居会接着帮。",
        "The people you helped have another wish. It is kept for you until {until}; it is fine if it does not suit you.",
    ),
    "invited": Template(
        "社区想请您看看一个心愿，{until}前都可以。愿意才接，不方便不用回，也不会记到任何地方。",
        "Would you look at a wish? It is open to you until {until}. "
        "You need not answer, and nothing is noted anywhere.",
    ),
    "claim_won": Template(
        "这个心愿交到您手上了。请在 {contact_by}前给对方打个电话。",
        "This wish is in your hands. Please ring before {contact_by}.",
    ),
    "claim_joined": Template(
        "您也一起办这个心愿了，谢谢您搭把手。",
        "You are part of this wish now. Thank you for lending a hand.",
    ),
    "one_more_helps": Template(
        "又有人来一起办这个心愿了，可以商量商量谁带什么。",
        "Somebody else helps with this wish now; you can agree on who brings what.",
    ),
    "claim_left": Template(
        "知道了，您先放下，别的邻居接着办。谢谢您，这不会记到任何地方。",
        "That is fine, the others go on. Thank you; it is not held against you anywhere.",
    ),
    "you_lead_on": Template(
        "一起办的有一位先放下了，这个心愿由您牵头接着办。",
        "One of you has left; this wish goes on with you in the lead.",
    ),
    "contact_made": Template(
        "已经跟许愿的人联系上了，{fulfil_by}前一起办好。",
        "The person who wished was reached; it is to be done together by {fulfil_by}.",
    ),
    "contact_soon": Template(
        "还没联系上？{due_at}前打个电话就好。打不通，告诉社区，我们一起想办法。",
        "Not reached them yet? A call before {due_at} is enough. If nobody answers, tell the community.",
    ),
    "contact_late": Template(
        "约好联系的日子过了。今天打个电话就好；不方便，可以还回树上，不要紧。",
        "The day for the call has passed. A call today is enough, or give it back; that is fine.",
    ),
    "fulfil_soon": Template(
        "约好的日子是 {due_at}。来得及就去办；来不及，可以延几天，也可以还回树上，都不要紧。",
        "The agreed time is {due_at}. You can do it, take some more days, or give it back. All are fine.",
    ),
    "fulfil_late": Template(
        "约好的日子过了。快好了就接着办；来不及，可以延几天，也可以还回树上，都不要紧。",
        "The agreed day has passed. You can go on, take some more days, or give it back. All are fine.",
    ),
    "time_given": Template(
        "好，延到 {fulfil_by}。我们也跟许愿的人说了一声。",
        "Extended to {fulfil_by}. The person who wished knows.",
    ),
    "time_stays": Template(
        "这次没有延，还是 {fulfil_by}前。来不及可以还回树上，不要紧。",
        "It stays at {fulfil_by} this time. If that is too soon, give it back; that is fine.",
    ),
    "change_asked": Template(
        "许愿的人想改一改，请点开看看，{answer_by}前说一声方便不方便。不方便也没关系。",
        "They would like to change the wish. Please look and say by {answer_by} whether it suits you. It is fine if not.",
    ),
    "change_asked_of_lead": Template(
        "许愿的人想改一改，牵头的人 {answer_by}前回话。您有想法，先跟牵头的人说。",
        "They would like to change the wish; whoever leads answers by {answer_by}. Tell them what you think.",
    ),
    "change_goes_on": Template(
        "说好了，照改过的办，请点开看看。", "Agreed: it goes on as changed. Please have a look."
    ),
    "card_off_help_goes_on": Template(
        "这个心愿的卡片取下来了，您这边照常办，不受影响。",
        "The card of this wish is off the tree. Your help goes on as before.",
    ),
    "claim_released": Template(
        "心愿回到树上了，谢谢您试过。这不会记到任何地方。",
        "The wish is back on the tree. Thank you for trying. It is not held against you anywhere.",
    ),
    "day_has_passed": Template(
        "日子到了还没有消息，心愿先放回去，别的邻居可以接着帮。您想再来，随时欢迎，这不会记到任何地方。",
        "The day passed without news, so the wish is back for others. You are welcome to take it again; "
        "it is not held against you anywhere.",
    ),
    "given_not_confirmed": Template(
        "您送到的这一件，许愿的人那边有变化，不再请他确认，也就不计积分。谢谢您。花了的时间，请打社区电话登记。",
        "What you have brought stays brought; things have changed for the person who wished, who will not "
        "be asked about it, so that no points come of it. Thank you. Please ring the community office to "
        "have your time recorded.",
    ),
    "claim_not_needed": Template(
        "许愿的人那边有变化，这一件不用办了。谢谢您，这不会记到任何地方。",
        "Things have changed for the person who wished; this need not be done any more. "
        "Thank you; it is not held against you anywhere.",
    ),
    "visit_overdue": Template(
        "您从那边出来了吗？点一下“已经离开”，我们就放心了。要帮忙，马上给社区打电话。",
        "Have you left again? Please tap “left”, so that we need not worry. For help, ring the community at once.",
    ),
    "part_noted": Template(
        "送到的这一部分记下了，剩下的接着一起办。", "This part is noted; the rest goes on together."
    ),
    "wish_delivered_by_you": Template(
        "送到了，辛苦您跑这一趟。等对方说一声“办好了”，这朵花就开。",
        "Delivered, thank you for going. It blossoms when they say it is done.",
    ),
    "wish_done": Template(
        "对方说：办好了。这一朵，是您的。", "They say it is done. This blossom is yours."
    ),
    "wish_reopened": Template(
        "对方说不太合适。心愿接着办，不怪谁。您愿意再帮一次吗？",
        "They say it is not quite right. The wish goes on, nobody is to blame. Would you help once more?",
    ),
    "word_for_partner": Template(
        "许愿的人给您留了一句话，请点开看。", "The person who wished has left a word for you."
    ),
    "thanked": Template(
        "许愿的人说，这次帮得好，谢谢您。", "The person who wished says: well done, and thank you."
    ),
    "approved": Template(
        "登记通过了，您可以去树上看看，愿意帮哪一个都行。",
        "You are registered. Have a look at the tree and take whichever you like.",
    ),
    "qualified": Template(
        "您的{kind}登记好了，需要的心愿您都可以接。",
        "Your {kind} is noted; wishes that ask for it are open to you.",
    ),
    "not_qualified_now": Template(
        "您登记的{kind}到期或者停用了。续上以后跟社区说一声，再登记就好。",
        "Your {kind} has run out or ended. Tell the community when it is renewed.",
    ),
    "saved": Template(
        "存进{amounts}。怎么算的，点开看。", "{amounts} saved. See how they were counted."
    ),
    "taken_back": Template(
        "心愿接着办，先前的{amounts}先取回来，办好了再存。",
        "The wish goes on; {amounts} are taken back until it is done.",
    ),
}
TO_UNITS: dict[str, Template] = {
    "unit_asked_first": Template(
        "你们单位上次帮过的那一家又挂了一个心愿，先问问你们，留到 {until}。不方便也没关系。",
        "The people your unit helped have another wish. It is kept for you until {until}; it is fine if it does not suit.",
    ),
    "unit_invited": Template(
        "社区想请你们单位看看一个心愿，{until}前都可以。愿意才接，不方便不用回。",
        "Would your unit look at a wish? It is open to you until {until}. You need not answer.",
    ),
    "units_asked": Template(
        "社区有一个心愿还没有人接。单位里有人方便的话，来树上看看，愿意才接。",
        "A wish of the community waits. If somebody of your unit can help, have a look at the tree.",
    ),
    "claim_won_by_unit": Template(
        "这个心愿交到你们单位手上了。请在 {contact_by}前给对方打个电话。",
        "This wish is in the hands of your unit. Please ring before {contact_by}.",
    ),
    "claim_joined_by_unit": Template(
        "你们单位也一起办这个心愿了，谢谢。", "Your unit is part of this wish now. Thank you."
    ),
    "your_unit_leads_on": Template(
        "一起办的有一位先放下了，这个心愿由你们单位牵头接着办。",
        "One of you has left; this wish goes on with your unit in the lead.",
    ),
    "claim_in_branch": Template(
        "支部里有位同志认领了一个心愿，{fulfil_by}前办好。",
        "Somebody of your branch has taken a wish, to be done by {fulfil_by}.",
    ),
    "wish_done_in_branch": Template(
        "支部里的同志办好了一个心愿。", "Somebody of your branch has fulfilled a wish."
    ),
    "wish_done_by_unit": Template(
        "对方说：办好了。这一朵，是你们单位的。",
        "They say it is done. This blossom is your unit's.",
    ),
    "saved_gifts": Template(
        "这次的{amounts}，记在单位名下了。", "Recorded for your unit: {amounts}."
    ),
}
TO_OFFICES: dict[str, Template] = {
    "wish_to_verify": Template(
        "来了一个新心愿，卡号 {card_no}，等核实。",
        "A new wish, card {card_no}, waits to be checked.",
    ),
    "wish_to_verify_again": Template(
        "有一个心愿改过了，等重新核实。", "A wish was changed and waits to be checked again."
    ),
    "consent_taken_back": Template(
        "有人收回了一项同意，请照办，打印出来的也一起收好。",
        "Somebody has taken back a consent. Please act on it, on paper as well.",
    ),
    "card_off_in_area": Template(
        "有一张卡片从树上取下来了。别处还挂着的，也请取下。",
        "A card is off the tree. Where it hangs elsewhere, please take it down too.",
    ),
    "check_is_late": Template(
        "有一个心愿还没顾上核实，日子已经过了。上面也知道了，会一起想办法；请先给许愿的人去个电话。",
        "A wish has not been checked by its day. Those above you know and will help; "
        "please ring the person first.",
    ),
    "check_is_late_below": Template(
        "下面的社区有一个心愿过了日子还没核实。请问问那边忙不忙得过来，能帮就帮一把。",
        "A wish in one of your communities is past its day and not checked. "
        "Please ask whether they manage, and lend a hand.",
    ),
    "card_is_late": Template(
        "有一个心愿核实过了，卡片还没挂上树，日子已经过了。请看看差什么，早点挂上去。",
        "A wish was checked and its card is not on the tree by its day. Please see what is missing.",
    ),
    "card_is_late_below": Template(
        "下面的社区有一个心愿核实过了，卡片过了日子还没挂上树。请问问差什么，能帮就帮一把。",
        "A checked wish in one of your communities is past its day and not on the tree. "
        "Please ask what is missing, and lend a hand.",
    ),
    "correction_is_late": Template(
        "有一个心愿退回去修改，好些天没有交回来，日子已经过了。上面也知道了，会一起想办法；"
        "请给许愿的人去个电话，或者上门，帮着一起改好。",
        "A wish that was sent back has not been corrected by its day. Those above you know and will "
        "help; please ring the person or go there, and put it right together.",
    ),
    "correction_is_late_below": Template(
        "下面的社区有一个心愿退回去修改，过了日子还没有交回来。请问问卡在哪儿，能帮就帮一把。",
        "A wish sent back in one of your communities is past its day and not corrected. "
        "Please ask what it hangs on, and lend a hand.",
    ),
    "decision_is_late": Template(
        "有一张卡片取下来了，心愿往后怎么办还没有定，日子已经过了。"
        "请问问许愿的人：改一改再挂上、转给别处，还是收回。",
        "A card was taken down, and nothing is settled about the wish by its day. Please ask the person: "
        "hang it again, hand it on, or take it back?",
    ),
    "decision_is_late_below": Template(
        "下面的社区有一张卡片取下来了，过了日子，心愿往后怎么办还没有定。请问问差什么，能帮就帮一把。",
        "A card in one of your communities was taken down, and its wish is past its day and not settled. "
        "Please ask what is missing, and lend a hand.",
    ),
    "confirmation_is_late": Template(
        "有一个心愿说是送到了，许愿的人还没有确认，日子已经过了。请打个电话，或者上门问一问。",
        "A wish is said to be delivered, and nobody has confirmed it by its day. Please ring or go there.",
    ),
    "confirmation_is_late_below": Template(
        "下面的社区有一个心愿说是送到了，过了日子还没有确认。请问问差什么，能帮就帮一把。",
        "A delivered wish in one of your communities is past its day and not confirmed. "
        "Please ask what is missing, and lend a hand.",
    ),
    "answer_is_late": Template(
        "有一个心愿转给了别处，过了日子还没有回音。请问问对方办得怎么样，有了结果登记下来。",
        "A wish was handed on, and there is no answer by its day. Please ask them, and note what they say.",
    ),
    "answer_is_late_below": Template(
        "下面的社区有一个心愿转给了别处，过了日子还没有回音。请问问卡在哪儿，能帮就帮一把。",
        "A wish that one of your communities handed on is past its day without an answer. "
        "Please ask what it hangs on, and lend a hand.",
    ),
    "wish_to_hand_over": Template(
        "有一个心愿还没有人接，已经请更多人一起看。请想想转给谁合适。",
        "Nobody has taken a wish yet; more people look after it now. Please think whom it suits.",
    ),
    "office_asked": Template(
        "下面的社区有一个心愿等得久了，还没有人接，请一起想想办法。",
        "A wish in one of your communities has waited long. Please help to find somebody.",
    ),
    "claim_in_area": Template(
        "有人认领了一个心愿，{fulfil_by}前办好。", "A wish was taken, to be done by {fulfil_by}."
    ),
    "late_in_area": Template(
        "有一个心愿过了约好的日子。请给认领的人打个电话，问问要不要帮忙。",
        "A wish is past its day. Please ring whoever has taken it and ask whether they need help.",
    ),
    "time_to_decide": Template(
        "有人想多要几天，到 {until}。请看看行不行，早点回话。",
        "Somebody asks for more time, until {until}. Please decide soon.",
    ),
    "wish_free_in_area": Template(
        "有一个心愿到日子没办成，等别的邻居来接。请看看请谁合适。",
        "A wish was not done in time and waits for another neighbour. Please think whom it suits.",
    ),
    "visit_overdue_in_area": Template(
        "请马上打电话：上门的人约好 {back_by}前出来，现在还没有消息。",
        "Please ring at once: whoever went on a visit was to be out by {back_by}, and there is no word.",
    ),
    "wish_to_confirm": Template(
        "有一个心愿送到了，等许愿的人说一声。",
        "A wish was delivered and waits for a word of the person who wished.",
    ),
    "wish_done_in_area": Template("又有一个心愿开花了。", "One more wish is in blossom."),
    "wish_reopened_in_area": Template(
        "有一个心愿对方说不太合适，接着办。请跟许愿的人再联系一次。",
        "One wish was not quite right and goes on. Please get in touch with the person who wished.",
    ),
    "not_quite_happy": Template(
        "有一份评价不太满意。请打个电话，听听哪里不合适。",
        "Somebody was not quite happy. Please ring and hear what was not right.",
    ),
    "callback_due": Template(
        "抽到一个回访，请没有参与的同事 {due_by}前打个电话。",
        "A callback was drawn; somebody who was not involved rings by {due_by}.",
    ),
    "complaint_filed": Template(
        "收到一条意见，{due_by}前要答复。", "A complaint has come in, to be answered by {due_by}."
    ),
    "complaint_to_you": Template(
        "下面的社区有一条意见到日子还没有答复，现在请你们来答复，{due_by}前回个话。",
        "A complaint in one of your communities was not answered in time. "
        "It is with you now: please answer by {due_by}.",
    ),
    "data_request_filed": Template(
        "有人要查、改、删自己的信息，{due_by}前要答复。",
        "Somebody asks about their own data, to be answered by {due_by}.",
    ),
}
# What the platform says about itself.
TO_OPERATORS: dict[str, Template] = {
    "alert_at_once": Template(
        "请马上看：{summary}。{description}{since}开始。值班手册“{section}”一段，告警 {alert}。",
        "Please look at once: {summary}. {description} Since {since}. Runbook: {section}, alert {alert}.",
    ),
    "alert_by_day": Template(
        "白天看一下：{summary}。{description}{since}开始。值班手册“{section}”一段，告警 {alert}。",
        "Please look by day: {summary}. {description} Since {since}. Runbook: {section}, alert {alert}.",
    ),
    "alert_over": Template(
        "好了：{summary}。{since}开始的那一次过去了，告警 {alert}。",
        "It is over: {summary}. Since {since}, alert {alert}.",
    ),
}
TEMPLATES: dict[str, Template] = {
    **TO_RESIDENTS,
    **TO_HELPERS,
    **TO_UNITS,
    **TO_OFFICES,
    **TO_OPERATORS,
}
