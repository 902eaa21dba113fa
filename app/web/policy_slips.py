"""What contradicts itself in a policy's draft, and what is likely not meant so, in Chinese."""

import re
from typing import Any, Final

from app.web.language import lazy_gettext as _l

CONTRADICTIONS: Final[tuple[tuple[re.Pattern[str], Any], ...]] = tuple(
    (re.compile(pattern, re.DOTALL), words)
    for pattern, words in (
        (
            r"lies above (\S+) of (\S+) yuan: so much is never paid",
            _l("高于 %(a)s 的 %(b)s 元，永远拿不到这么多：请改其中一个"),
        ),
        (
            r"leaves no home that (.+) lets be bought: .*",
            _l("和 %(a)s 相反：能买的房都不在这个面积里，谁也得不到这项奖励"),
        ),
        (
            r"bears nothing: no day passes .*",
            _l("一分利息也没有：当天就是最后一天，请改 pay_within，或者删去利息"),
        ),
        (
            r"bears nothing: no whole month passes .*",
            _l("一分利息也没有：按整月计，pay_within 不满一个月"),
        ),
        (
            r"are more than there is: with least_share (\S+) a split has (\d+) at most",
            _l("拆不出这么多张：每张至少 %(a)s，最多 %(b)s 张，请改其中一个"),
        ),
        (r"ends before scheme\.issue_from: .*", _l("早于 scheme.issue_from，一张房票也用不了：请改期限")),
        (
            r"names no home beside which a space could be bought: .*",
            _l("只有车位、储藏室，没有可以一起买的房：请加上 home 等，单独买的请写 spaces: alone"),
        ),
        (
            r"is 0, so nothing could be bought: .*",
            _l("写 0 就什么也买不了：不让买的种类，请从 usable_on 里去掉"),
        ),
        (
            r"lies above the (\S+) that limits let be spent on a home: .*",
            _l("高于 limits 许可的 %(a)s，第一套房买不了：请改其中一个"),
        ),
        (
            r"leaves nothing of the compensation in the face: .*",
            _l("补偿的每一项都不计入票面，房票就开不出来：请至少留一项"),
        ),
        (r"is 0%, so no price would do", _l("写 0%% 就没有价格符合：请改成 100%% 或者实际的比例")),
        (r"is 0, so nothing could earn the bonus", _l("写 0 就什么都得不到奖励：请写实际的上限")),
        (
            r"leaves no bonus: parking and storage are no homes",
            _l("车位、储藏室不算一套房，这样一分奖励也没有：请删去"),
        ),
        (
            r"is (.*), must be old or entitled, or a mapping of m2_a_head, m2, of; .*",
            _l(
                "写的是 %(a)s，应该是 old 或 entitled；人均多少平方米写成 {m2_a_head: 50}，"
                "一共多少平方米写成 {m2: 144}，只奖励多大的房写 home_area"
            ),
        ),
        (
            r"says a time, and bands after the term have none; here stand (.*)",
            _l("期满以后的各档不分时间，这里只能写 %(a)s"),
        ),
        (
            r"says how a voucher is claimed after its term, not how it is given up; here stand (.*)",
            _l("写的是期满以后怎样申请兑付，放弃房票不这样写，这里只能写 %(a)s"),
        ),
        (
            r"is a published rate: write its figures as rates, .*",
            _l("是公布的利率：请用 rates 写出数字和从哪一天起"),
        ),
        (
            r"must be a percentage from 0% to 100%, such as (.*); (\S+ = \S+%): if of a month, .*",
            _l(
                "应该是 0%% 到 100%% 的百分数，例如 %(a)s（%(b)s）；"
                "月利率请乘以 12 写成年利率，按整月计的也可以写 per: month"
            ),
        ),
        (
            r"is (?:missing|empty): for none write (.*)",
            _l("没有写：没有的请写 %(a)s"),
        ),
        (
            r"must be months or begun_months; by days write .*",
            _l("月利率只能按整月计（months、begun_months）；按天计的请乘以 12 写成年利率，不写 per"),
        ),
        (r"must be below 100%: more than the face is never spent", _l("要低于 100%%：用掉的不会超过票面")),
        (r"cannot be exceeded: .*", _l("不可能超过 100%%：请写小一点，或者改用达到")),
        (
            r"never counts: (.*) holds whenever it does, .*",
            _l("永远轮不到：凡是符合它的，后面的 %(a)s 也符合，以最后符合的一档为准"),
        ),
        (r"is 0%, so cash pays nothing: write (.*)", _l("写 0%% 就一分不付，请写 %(a)s")),
        (
            r"names only the holder: write who may take .*",
            _l("只写了持票人自己：请写可以转让给谁"),
        ),
        (
            r"is (\w+), and transfers\.to does not name it",
            _l("是 %(a)s，transfers.to 里没有写：不能转让给他"),
        ),
        (
            r"is (\w+), and transfers\.kin does not name it",
            _l("是 %(a)s，transfers.kin 里没有写：不能转让给他"),
        ),
        (
            r"earns nobody anything: no transfer loses the bonus, so write transfers with bonus",
            _l("谁也得不到：转让都保留奖励，请在 transfers 里写 bonus"),
        ),
        (r"names only the holder: write who inherits", _l("只写了持票人自己：请写谁可以继承")),
        (r"is 0, so no part would buy any area: .*", _l("写 0 就一平方米也折算不出来：请写每平方米多少元")),
        (r"is 0%: leave the tranche out", _l("写 0%% 就不付，请删去这一期")),
        (r"has full-width brackets, .*", _l("用了全角的括号，请改成半角的 [ ] 或 { }")),
        (r"has a tab, .*", _l("用了制表符（Tab），YAML 不认，请改成空格")),
        (r"has a full-width space, .*", _l("用了全角空格，YAML 不认，请改成半角的空格")),
        (r"needs a space after the colon", _l("冒号后面要有一个空格")),
        (r"needs a space after the -", _l("短横 - 后面要有一个空格")),
        (r"is not YAML: the quote that begins here is not closed", _l("这一行的引号没有写另一半")),
        (
            r"is not YAML: has text after the closing quote: .*",
            _l("引号后面还有字：请把整个值放进引号，或者都不用引号"),
        ),
        (r"is not YAML: lacks a colon .*", _l("少了冒号和空格，要写成“词: 值”")),
        (r"is not YAML: a value that begins with (.*) needs quotes", _l("以 %(a)s 开头的值要加引号")),
        (
            r"(?:is not YAML: )?is indented further than line (\d+), .*",
            _l("行首的空格比第 %(a)s 行多，而那一行已经写了值：两行请对齐"),
        ),
        (r"(?:is not YAML: )?is indented otherwise .*", _l("行首的空格和前面几行对不齐")),
        (r"is not YAML: a list of - begins .*", _l("用 - 写的列表要另起一行")),
        (r"holds two documents, .*", _l("用 --- 分成了两份，请只写一份")),
        (r"stands here twice, first on line (\d+)", _l("写了两次，第一次在第 %(a)s 行")),
        (r"must have at most four decimals", _l("最多四位小数")),
        (r"must have at most (\d+) characters", _l("最多 %(a)s 个字符")),
        (r"must not be above (\d+)%", _l("不能大于 %(a)s%%")),
        (r"must be small letters, .*", _l("只能写小写字母、数字和短横，例如 hailing-2023")),
        (r"must be one line of at most (\d+) characters", _l("要写成一行，最多 %(a)s 个字")),
        (
            r"must be lines of a word, .*",
            _l("要一行一行写“词: 值”，第一行写 schema: 4"),
        ),
        (r"holds several words: .*", _l("写了几个词：请分开写，中间用半角的逗号")),
        (r"must be a list, such as (.*)", _l("要写成列表，例如 %(a)s")),
        (r"must be a list of mappings", _l("要写成列表，每一项前面写 -")),
    )
)
"""Told before the other reasons: some of these begin like theirs."""

DOUBTS: Final[tuple[tuple[re.Pattern[str], Any], ...]] = tuple(
    (re.compile(pattern, re.DOTALL), words)
    for pattern, words in (
        (
            r"lies above (\S+) of (\S+) yuan: one voucher .*",
            _l("高于 %(a)s 的 %(b)s 元：只有一张房票的拿不到这么多"),
        ),
        (
            r"names home: is the value of the home itself paid in cash, .*",
            _l("房屋价值补偿也不计入票面，要以货币支付，是不是这个意思？"),
        ),
        (
            r"names award and not moving_award: .*",
            _l("签约奖励不计入票面，搬迁奖励却计入：也以货币支付的，请加上 moving_award"),
        ),
        (
            r"is a share of all of the compensation, with what face_without leaves .*",
            _l("按全部补偿算，不计入票面的也算在内：只按其中几项算的，请写 parts"),
        ),
        (
            r"is hardly ever there: paid_after waits for the certificate, .*",
            _l("几乎没人赶得上：要等不动产权证，又以付款那天为准，这一档那时多半已经过了"),
        ),
        (
            r"waits for (\w+), and used_home is past it: .*",
            _l("二手房早过了 %(a)s，会从核销起算：二手房请用 kinds 另写一种"),
        ),
        (
            r"names no home: is a voucher for spaces alone meant\?",
            _l("没有写房，只能买车位、储藏室，是不是漏了 home？"),
        ),
        (r"is (\S+) of what bears it: is it so little\?", _l("利息最多只有本金的 %(a)s，是不是写少了？")),
        (r"is (\S+) yuan a ㎡: did you mean (\S+)\?", _l("每平方米 %(a)s 元，是不是 %(b)s 元？")),
        (r"has no effect: a cap of more than this .*", _l("不起作用：外面一层的上限更低，先到那里")),
        (
            r"ends on (\S+), before scheme\.issue_until: .*",
            _l("期限到 %(a)s，早于 scheme.issue_until：以后发放的一发出来就过期"),
        ),
        (r"lies after scheme\.buy_until, .*", _l("晚于 scheme.buy_until，期限最迟到那一天")),
        (r"lies before (\S+): no bonus .*", _l("早于 %(a)s，那时没有奖励要定")),
        (r"lies after (\S+): no bonus .*", _l("晚于 %(a)s，那时没有奖励要定")),
        (r"lies before (\S+): no voucher .*", _l("早于 %(a)s，那时没有房票")),
        (r"lies after (\S+): no voucher .*", _l("晚于 %(a)s，那时没有能用的房票")),
        (
            r"is never reached: limits let (\S+) of the face be spent",
            _l("永远达不到：limits 只许用票面的 %(a)s"),
        ),
        (r"lets nobody buy (\w+) first: .*", _l("第一套不能买 %(a)s：limits 许可的比例低于首次使用比例")),
        (r"come to no bonus at all: .*", _l("各档都没有奖励：没有奖励请写 tiers: []")),
        (r"comes to (\S+) of the (\w+): is it so much\?", _l("奖励达到 %(b)s 的 %(a)s，是不是写多了？")),
        (
            r"earns nothing on the days to which the term moves on: .*",
            _l("期限顺延以后的那几天没有奖励：在 bonus 里也写 ends: working_day 就一起顺延"),
        ),
        (r"adds nothing: leave the line out", _l("一分也没有加，请删去这一项")),
        (r"is 0, so nothing is paid: .*", _l("写 0 就一分不付，请写 rate: 0%%")),
        (r"is 0, so the line adds nothing", _l("写 0，这一项一分也加不了")),
        (r"is 0%, so lost_on takes nothing", _l("写 0%%，lost_on 就什么也扣不了")),
        (r"pays nothing: leave leftover out", _l("各档都不付，不如不写 leftover")),
        (r"pays nothing: write effect: void", _l("各档都不付，请写 effect: void")),
        (
            r"is lower than before: whoever spends more .*",
            _l("比前一档低：用得多的人，余额反而兑付得少"),
        ),
        (r"has no effect: every voucher has spent 0%", _l("不起作用：每张房票都用到了 0%%")),
        (r"is 100%, where nothing is left to be spent longer", _l("用到 100%% 就没有余额，延期没有用")),
        (r"is 100%, where nothing is left .*", _l("用到 100%% 就没有余额可付了")),
        (r"is 0, where nothing is left .*", _l("剩 0 元就没有余额可付了")),
        (r"bears nothing: its rate is 0%", _l("利率是 0%%，没有利息")),
        (
            r"comes to (\S+) a year: .*",
            _l("合一年 %(a)s，是不是把年利率写成了月利率或日利率？"),
        ),
        (r"names self: nobody transfers .*", _l("写了 self：不能转让给自己")),
        (r"names self: nobody inherits .*", _l("写了 self：不能继承自己的")),
        (r"is no lower than before: .*", _l("不比前一档低：早申请没有好处，是不是写反了？")),
        (
            r"pays nothing to who gives a voucher up: .*",
            _l("放弃的人一分也得不到：不许放弃请写 refused，许可的请写付什么"),
        ),
        (
            r"is the supervised account of a pre-sale, .*",
            _l("现房没有预售资金监管账户，请写 developer"),
        ),
        (
            r"is (\S+) a year: if it is the rate of a month, write (\S+) or .*",
            _l("一年只有 %(a)s：如果是月利率，请写年利率 %(b)s，按整月计的也可以写 per: month"),
        ),
        (
            r"is refused by adopt: a price is settled before .*",
            _l("采用（adopt）不了：房价在那一天以前就定了，请写 delay: protected，或者 paid: cash"),
        ),
        (r"waits for (\w+), and these homes are built: .*", _l("现房早过了 %(a)s，会从核销起算")),
        (r"stands after (\w+), which comes later", _l("写在 %(a)s 后面，其实比它早：请按先后写")),
        (r"says the same as (.*), and both count", _l("和 %(a)s 一样，两项都会算")),
        (
            r"some prices fall short by less than .*",
            _l("有的房价会差不到取整的那一点，top_up: [] 又不许自付"),
        ),
        (
            r"what is split off, or parted among heirs, counts .*; adopt refuses .*",
            _l(
                "没有写 past，这样采用（adopt）不了：写 past: parted，拆出来的、几个人继承分开的按比例算；"
                "写 past: stays，每票的奖励和上限、已用比例都从头算"
            ),
        ),
        (
            r"what is split off, or parted among heirs, counts as never used: .*",
            _l(
                "拆出来的、几个人继承分开的房票重新算起：每票的奖励和上限、已用比例都从头算；"
                "写 past: parted 就按比例算"
            ),
        ),
        (
            r"has no effect: where nothing may be split, .*",
            _l("不起作用：不能拆分的房票，几个人继承的各份本来就按比例算"),
        ),
        (
            r"takes nothing of what is split off; .*",
            _l("拆出来的房票不用退奖励；写 past: parted，每一张都按自己那一份退"),
        ),
        (
            r"takes less of who splits a voucher, .*",
            _l("拆分以后把一张用完、另一张兑付的，收回的奖励比不拆少；写 part，拆分前得的奖励拆不拆都一样"),
        ),
        (
            r"takes less where of several heirs one spends .*",
            _l(
                "几个人继承，一个人用完、另一个人兑付的，收回的奖励比一个人继承少；"
                "写 part，继承前得的奖励怎么继承都一样"
            ),
        ),
        (
            r"goes by all that each of several heirs spends: .*",
            _l(
                "按使用总额计：几个人继承的，各按自己那一份的总额算，有人先用、有人后用，或者没有用完，"
                "合计可能比一个人继承多，也可能少"
            ),
        ),
        (
            r"is had again after a split as far as .*",
            _l(
                "拆分以后退房的，只退回那套房拿过的奖励额度：那套房拿得少，留下的那张可能先到上限，"
                "拆出来的那张还没用完"
            ),
        ),
        (
            r"goes by all that is spent: .*",
            _l(
                "按使用总额计：拆分以前买的房退掉以后，拆出来的那张已经拿到的奖励不重算，"
                "各张合计可能比不拆分时多，也可能少"
            ),
        ),
        (r"what is split off a voucher counts as unused", _l("拆出来的房票算作没有用过")),
        (r"lets nothing be earned: it is 0", _l("上限是 0，一分奖励也没有")),
        (
            r"takes the face of the voucher that pays; .*",
            _l("按付款那一张的票面算；要按全户房票合计，请写 share_of_faces"),
        ),
        (
            r"takes the faces of who holds the vouchers: .*",
            _l("按现在持有的房票票面算：一户拿满奖励以后把房票给别人，那一张的票面会再算一次奖励"),
        ),
        (r"has no effect: there are no tiers", _l("不起作用：没有写各档奖励")),
        (r"has no effect: nobody delays the .*", _l("不起作用：这一天不会被别人耽误")),
        (
            r"has no effect: the day that it is (\w+) decides, .*",
            _l("不起作用：以 %(a)s 那天为准，谁耽误都一样"),
        ),
        (r"has no effect: the bonus is for every home", _l("不起作用：这项奖励什么房源都给")),
        (
            r"takes its rate of all that is spent, on homes that it is not for too: .*",
            _l(
                "用在范围外的房源上的钱也按这个比例算；只按范围内的算，写 spent_on: earning；"
                "新政策两样都没写的不能采用"
            ),
        ),
        (r"has no effect: no tier asks how much is spent", _l("不起作用：没有哪一档要看用了多少")),
        (r"has no effect: no band asks how much is spent", _l("不起作用：没有哪一档要看用了多少")),
        (r"has no effect: the tiers are days of the calendar", _l("不起作用：各档是按日期写的")),
        (r"has no effect: no bonus counts towards the price", _l("不起作用：没有抵作房款的奖励")),
        (r"has no effect: another line caps the same more tightly", _l("不起作用：另一行的上限更低")),
        (r"has no effect: another line limits the same more tightly", _l("不起作用：另一行限得更严")),
        (r"has no effect: vouchers are issued until (\S+)", _l("不起作用：房票只发放到 %(a)s")),
        (r"has no effect: working days end on one anyway", _l("不起作用：工作日本来就到工作日为止")),
        (r"has no effect: top_up names neither loan nor fund", _l("不起作用：top_up 里没有贷款和公积金")),
        (r"has no effect: a list of own alone is areas: own", _l("列表里只有 own，直接写 areas: own 就行")),
        (r"has no effect: 0% asks for nothing", _l("不起作用：0%% 等于没有要求")),
        (r"has no effect: 100% limits nothing", _l("不起作用：100%% 等于没有限制")),
        (
            r"has no effect: limits let a household buy no more than (\d+)",
            _l("不起作用：limits 一户最多许可买 %(a)s 个，锁定的不会比这多"),
        ),
        (r"has no effect: no space is bought alone", _l("不起作用：没有车位、储藏室可以单独买")),
        (r"has no effect: usable_on names neither .*", _l("不起作用：usable_on 里没有车位和储藏室")),
        (r"has no effect: there is no floor", _l("不起作用：没有写下限")),
        (r"has no effect: there is no ceiling", _l("不起作用：没有写上限")),
        (r"has no effect: nothing is paid out in cash", _l("不起作用：没有哪一种情形付现金")),
        (r"has no effect: the effect is (\w+)", _l("不起作用：到期的办法是 %(a)s")),
        (r"has no effect: nothing is paid that .*", _l("不起作用：不付钱，没有可扣的")),
        (
            r"has no effect: (\w+) pays nothing of a voucher never used",
            _l("不起作用：没有用过的房票，%(a)s 不付"),
        ),
        (r"has no effect: (\w+) pays nothing", _l("不起作用：%(a)s 什么也不付")),
        (r"has no effect: (\w+) comes before the term ends", _l("不起作用：%(a)s 在期满以前")),
        (r"has no effect: it may be done no time", _l("不起作用：次数是 0")),
        (r"has no effect: the term begins then", _l("不起作用：使用期限就是那时开始的")),
        (r"has no effect: the term ends then", _l("不起作用：使用期限就是那时结束的")),
        (r"has no effect: everything is above 0", _l("不起作用：什么都大于 0")),
        (r"has no effect: a tax of 0% is none", _l("不起作用：0%% 就是没有税")),
        (r"has no effect: no more than that is left", _l("不起作用：剩下的不会比这更多")),
        (r"has no effect: it is the rate up to there", _l("不起作用：和前面的比例一样")),
        (r"has no effect: no days of a year are counted", _l("不起作用：这里不按一年多少天算")),
        (
            r"has no effect: whoever may take it over keeps the bonus",
            _l("不起作用：能转让给的人都保留奖励，写 kept 就行"),
        ),
        (
            r"has no effect: whoever may take it over counts by transfers\.kin",
            _l("不起作用：能转让给的人都按 transfers.kin 计次数"),
        ),
        (
            r"is less than the (\d+) times to others: are the two mixed up\?",
            _l("比转让给其他人的 %(a)s 次还少：是不是写反了？"),
        ),
        (r"has no effect: there is no bonus", _l("不起作用：没有奖励")),
        (r"has no effect: every bonus says claw_back: never", _l("不起作用：每一项奖励都写了不收回")),
        (r"has no effect: no ending takes anything .*", _l("不起作用：没有哪一种结清会收回奖励")),
        (r"has no effect: it asks for 0 ㎡", _l("不起作用：要求的是 0 平方米")),
        (r"has no effect: homes lets no more be bought", _l("不起作用：homes 许可的套数不比这多")),
        (
            r"vouchers of other agreements are not merged, .*",
            _l("有奖励按每户协议只算一次，别户协议的房票不能合并进来"),
        ),
        (
            r"rounds each part of a voucher that is split half up: .*",
            _l("拆出来的每一张各自四舍五入，合计可能比不拆分时多，也可能少；往下舍就不会因为拆分而变多"),
        ),
        (r"is asked of each part by itself, .*", _l("房票拆分或几个人继承的，按每一份自己的余额看")),
        (
            r"what is split off buys .*",
            _l("拆出来的房票又能买这么多：写 of: household 就全户合并计算"),
        ),
        (r"is (\S+) yuan: did you mean (\S+)万 = \S+\?", _l("只有 %(a)s 元，是不是 %(b)s 万元？")),
        (
            r"is (\S+) of the filed price, did you mean (.*)\?",
            _l("只有备案价的 %(a)s，是不是 %(b)s？"),
        ),
        (r"is (\S+) of the filed price: is it so little\?", _l("只有备案价的 %(a)s，是不是写少了？")),
        (r"is (\S+) ㎡ a household: is it so much\?", _l("一户 %(a)s 平方米，是不是写多了？")),
        (r"is (\S+) ㎡ a home: is it so much\?", _l("每套 %(a)s 平方米，是不是写多了？")),
        (r"is (\S+) ㎡ a head: is it so much\?", _l("人均 %(a)s 平方米，是不是写多了？")),
        (r"is (\S+) ㎡ more: is it so much\?", _l("再加 %(a)s 平方米，是不是写多了？")),
        (r"is (\S+) of an area: is it meant so\?", _l("是协议上面积的 %(a)s，是不是写错了？")),
        (r"has no effect: it is the area itself: .*", _l("不起作用：就是这个面积本身，直接写那个词就行")),
        (r"is missing: write old or entitled", _l("没有写 of：应该写 old 或 entitled")),
        (r"only means something with share or plus_m2", _l("只和 share、plus_m2 一起写才有用")),
        (
            r"is above the (\S+) that holders earn: .*",
            _l("高于持票人自己的 %(a)s：受让人得到的奖励反而更多"),
        ),
        (r"is hardly ever reached: the term is (\d+) months", _l("期限是 %(a)s 个月，几乎到不了")),
        (r"is above (\S+), which is reached first", _l("高于 %(a)s，总是先到那个限额")),
        (
            r"is followed by (\S+), which adds on top of it: .*",
            _l("后面的 %(a)s 还要再加，票面会超过补足到的数：补足一般写在最后"),
        ),
        (r"is never reached: most_face is lower", _l("永远达不到：most_face 更低")),
        (
            r"has no effect: spaces are bought beside a home .*",
            _l("不起作用：车位、储藏室本来就要和同一张房票买的房一起买"),
        ),
        (r"has no effect: .*", _l("不起作用")),
        (r"pays nothing: .*", _l("什么也不付")),
        (r"lies before (\S+): .*", _l("早于 %(a)s")),
        (r"lies after (\S+): .*", _l("晚于 %(a)s")),
    )
)
"""What ``flask policy check`` tells of a file that holds."""
