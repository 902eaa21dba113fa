"""What may be refused anywhere: addresses, forms, files, a second person's decision."""

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

COMMON: dict[str, LazyString] = {
    "busy": _("系统正忙，刚才的操作没有生效，请稍后再试。"),
    "not_found": _("没有找到这个页面，请检查网址，或从首页重新进入。"),
    "bad_request": _("提交的内容不完整或已失效，请返回上一页刷新后再试。"),
    "wrong_method": _("这个地址不接受这种请求方式，请返回上一页重新操作。"),
    "only_json": _("这里只用 JSON 回答。请在 Accept 里写上 application/json，或者不写 Accept。"),
    "form_expired": _("这一页已经过期，刚才的操作没有生效。请返回上一页，刷新以后再按一次。"),
    "sent_too_large": _("上传的内容太大，没有收下。请换一个小一点的文件，再试一次。"),
    "too_many": _("操作太频繁，请一分钟后再试。"),
    "too_many_tries": _("试错的次数太多，请 %(minutes)d 分钟后再试，或换到以前登录过的手机、电脑上登录。"),
    "foreign_host": _("网址不对，请从正确的网址进入。"),
    "unexpected": _("系统出了问题，我们已经记录下来。刚才的操作没有生效，请稍后再试。"),
    "wrong_role": _("您的账号没有权限打开这个页面。"),
    "wrong_duty_money": _("这件事由贵公司的财务人员或负责人办理，您的账号不能打开。"),
    "wrong_duty": _("这件事由贵公司的销售人员或负责人办理，您的账号只能查看。"),
    "sign_in_first": _("请先登录。"),
    "request_id_taken": _("这张表单已经失效，请刷新页面后重新填写。"),
    "file_too_large": _("文件超过 %(most_mib)d MB，太大了。请拆成几个文件，或删去图片后再上传。"),
    # approvals
    "approval_pending": _("这件事已经提交，正在等待复核，不需要重复提交。"),
    "approval_gone": _("没有找到待复核的申请，请回到工作台查看最新情况。"),
    "approval_decided": _("这件事已经有人复核过了，请回到工作台查看结果。"),
    "approval_same_person": _("经办和复核不能是同一个人，请由另一位同事复核。"),
    "reason_missing": _("请写明理由，对方要看到这个理由才知道怎么改。"),
    # batches whose job failed
    "batch_unknown": _("没有找到这个批次，请检查编号。"),
    "batch_never_ended": _("复核通过的批次要办完，不能在这里结束。"),
    "batch_not_stopped": _("这件现在没有停下来：可能别人已经重新办理，或者已经办完。请刷新页面查看。"),
    # documents
    "document_type_unknown": _("这个文件的内容不是 %(offered)s，没有收下。请另存为其中一种再上传。"),
    "document_too_many": _("最多放 %(most)d 个文件，请先删去不要的。"),
    "document_twice": _("同一个文件已经上传过了，不用再传。"),
    "document_gone": _("没有找到这个文件，它可能已经被删去。"),
    "caption_missing": _("请写一句图片说明，看不清图片的人要靠它知道内容。"),
    "picture_broken": _("这张图片不完整，没有收下。请重新导出或重新拍一张再上传。"),
    # notices
    "notice_gone": _("没有找到这条消息，请回到消息列表查看。"),
}
