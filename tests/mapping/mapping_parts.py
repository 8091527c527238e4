"""The files of a small partner folder that loads."""

from collections.abc import Callable, Mapping
from pathlib import Path

PARTNER = """\
language: 1
regions: ["990100"]
transport: rest
endpoint: http://127.0.0.1:9210
auth:
  scheme: tif
  paasid: demo
  token: secret:demo-city/token
resend: query
limits:
  per_second: 50
  in_flight: 16
  timeout_seconds: 15
retry:
  schedule: [10s, 1m]
  jitter: 20%
  give_up_after: 3 working days
track:
  poll: [5m, 1h]
success: ${code == '0'}
verdicts:
  - when: ${code == '1404'}
    is: refused
    reason: unknown-case
    message: 对方：${msg}
"""
STEPS = """\
language: 1
steps:
  submit:
    path: /submit
    send:
      outerNo: ${case.number}
      certType: ${code('certificate', applicant.certificate.type)}
      address?: ${applicant.address}
      files:
        $each: ${materials}
        fileName: ${item.name}
        content: ${base64(item.content)}
    read:
      number: ${data.bizNo}
  query:
    changes: false
    path: /query
    send:
      outerNo: ${case.number}
    read:
      our_number: ${data.outerNo}
      partner_number: ${data.bizNo}
      code: ${data.status}
      status: ${canonical('status', data.status)}
      at?: ${instant(data.handleTime, 'yyyy-MM-dd HH:mm:ss')}
      opinion?: ${data.opinion}
      result?:
        name: ${data.result.certName}
        number?: ${data.result.certNo}
        file_name?: ${data.result.fileName}
        media_type: ${canonical('media_type', data.result.fileType)}
        content: ${bytes(data.result.content)}
"""
FILES: Mapping[str, str] = {
    "partner.yaml": PARTNER,
    "codes/certificate.csv": "canonical,partner,note\n111,10,居民身份证\n112,10,outbound-only\n511,41,\n",
    "codes/status.csv": "canonical,partner,note\n50,3,\n71,13,\n70,11,\n70,12,容缺通过\n51,4,\n",
    "codes/media_type.csv": "canonical,partner,note\napplication/pdf,pdf,\n",
    "steps/common.yaml": STEPS,
    "matters/move.yaml": 'language: 1\nmatter: "000109003000"\nextends: common\n',
}

Write = Callable[..., Path]
