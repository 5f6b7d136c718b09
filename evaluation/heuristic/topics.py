"""The kinds of trouble the heuristic policy knows, as a table.

The order settles ties: danger and law before security, money, contract, product.
"""

from .risks import RISKS
from .rules import Signal, Topic


_CHARGE = Topic(
    name="charge",
    queue="billing",
    label="Duplicate charge",
    areas=("billing", "payments", "subscription", "invoices"),
    acknowledge="Thank you for bringing this to us first; a sum that does not add up is worrying.",
    advice="Nothing more about the card is needed.",
    ask=(
        "To find the payment we need the invoice number if you have it, the date, the "
        "amount, and only the last four digits of the card. Please never send the "
        "whole card number."
    ),
    signals=(
        Signal(
            r"(?:charged?|billed|debited|paid|pay|taken|captured).{0,40}"
            r"(?:twice|double|two times|once more|again)",
            4,
        ),
        Signal(r"(?:double|duplicate|second) (?:charge|payment|debit|capture|sum)", 3),
        Signal(r"two (?:settled )?(?:payments|debits|charges|captures)", 3),
        Signal(
            r"overcharged?|(?:bill|charge|amount) .{0,20}higher",
            3,
            "overcharge claimed",
        ),
        Signal(
            r"refund|money back|(?:send|give) .{0,20}back|surplus", 2, "refund wanted"
        ),
        Signal(r"ledger|settled", 2),
        Signal(r"invoices?|receipt", 1),
        Signal(r"(?:card|bank) (?:statement|account|bill|app)", 2, "{}"),
    ),
)
_INVOICE = Topic(
    name="invoice",
    queue="billing",
    label="Invoice or payment question",
    areas=("billing", "payments", "invoices"),
    acknowledge="Thank you for your question about the invoice.",
    advice="Please leave card details out of the ticket.",
    ask="Please send the invoice number and what it should say.",
    signals=(
        Signal(r"vat|tax (?:id|number|rate)|purchase order number|po number", 3, "{}"),
        Signal(
            r"payment (?:method|failed|declined)|card (?:declined|expired)", 3, "{}"
        ),
        Signal(r"invoices?|receipts?|billing", 1, "invoice"),
        Signal(r"chargeback|overage|proration", 3, "{}"),
    ),
)
_RENEWAL = Topic(
    name="renewal",
    queue="success",
    label="Contract renewal",
    areas=("contract", "renewal"),
    acknowledge="Thank you for the clear account; we can see how little time is left.",
    advice="Front line can neither change nor confirm a price or a term.",
    ask="Please send the document that states what was agreed.",
    signals=(
        Signal(r"renewal|renew|contract extension", 3),
        Signal(
            r"(?:agreement|contract|subscription|licence|license).{0,40}"
            r"(?:ends|runs out|expires|extension)",
            3,
        ),
        Signal(r"quote|offer", 2),
        Signal(r"discount|special prices?|list price", 3, "discount missing"),
        Signal(
            r"in writing|in black and white|attached (?:mail|message)",
            1,
            "written offer",
        ),
        Signal(
            r"account (?:manager|executive|exec)|sales rep\w{0,12}",
            2,
            "account manager away",
        ),
        Signal(r"approval", 1, "needs approval"),
    ),
)
_RELATIONSHIP = Topic(
    name="relationship",
    informational=True,
    queue="success",
    label="Wish or relationship question",
    areas=("onboarding", "training"),
    acknowledge="Thank you for being open with us.",
    advice="We have noted what matters to you.",
    ask="Please tell us what you would like to achieve, and by when.",
    signals=(
        Signal(r"onboarding|go-live|kick-off|training session", 2, "{}"),
        Signal(r"feature (?:request|wish|idea)|would be nice|roadmap", 4, "{}"),
        Signal(
            r"cancel (?:our|the|my) (?:plan|contract|subscription)|leave you", 4, "{}"
        ),
        Signal(r"export .{0,20}(?:workspace|migrate)|security questionnaire", 3, "{}"),
        Signal(r"new owner|ownership", 3, "{}"),
    ),
)
_OUTAGE = Topic(
    name="outage",
    queue="technical",
    label="Production outage",
    areas=("platform", "application"),
    acknowledge="Thank you for the clear report; an interruption like this comes first.",
    advice=(
        "It is treated as an incident, and every update will be posted in this ticket as "
        "soon as there is one. Questions of cause and of compensation are answered "
        "after the facts have been reviewed."
    ),
    ask="Please tell us since when, for whom, and which message you see.",
    signals=(
        Signal(r"http 50[0-4]|50[0-4] bad gateway|white page|timeouts?", 3),
        Signal(r"outage|unavailable|standstill|unreachable|stands still|is down", 3),
        Signal(r"nothing works|nobody can|not one of our|shut out", 3),
        Signal(
            r"(?:whole|entire) (?:company|organi[sz]ation)|all .{0,12}(?:seats|staff)",
            3,
        ),
        Signal(r"production (?:region|cluster|workspace)|all seats|incident", 2),
        Signal(
            r"status page (?:is )?(?:still )?(?:green|not updated)",
            1,
            "status page green",
        ),
    ),
)
_DATA_FLOW = Topic(
    name="data_flow",
    queue="technical",
    label="Data flow stopped",
    areas=("integrations", "webhooks", "import", "api"),
    acknowledge="Thank you for the exact description, and for what you have tried already.",
    advice=(
        "Please leave the connection switched on, so that the waiting queue is kept; "
        "there is no need to reconnect or set it up again."
    ),
    ask="Please send the error text and the time of one failed run.",
    signals=(
        Signal(r"sync|synchroni[sz]ation|connector|webhooks?|import", 3, "{}"),
        Signal(r"worker|queue|endpoint|delivery log|replay|restarted", 2),
        Signal(r"stopped|hangs|hanging|stuck|no longer transfers|not arriving", 2),
        Signal(r"error|code|fails|failed|failing|crash(?:es|ed)?", 1),
        Signal(r"engineering|engineers?", 1, "needs engineering"),
    ),
)
_SIGN_IN = Topic(
    name="sign_in",
    queue="technical",
    label="Sign-in trouble",
    areas=("sign-in", "login"),
    acknowledge="Thank you for writing; being kept out of an account is tiresome.",
    advice=(
        "Every new mail cancels the older links. Please open only the newest link, in a "
        "private window, choose a password there and sign in. Should it fail again, "
        "reply with the time and the text on the page. We will never ask you for the "
        "password itself."
    ),
    ask="Please tell us the time of your last attempt and the text on the page.",
    signals=(
        Signal(r"password|reset mails?|recovery mails?|forgot", 3, "password reset"),
        Signal(r"invitation|invite", 3, "invitation"),
        Signal(
            r"expired|no longer valid|link is invalid|invalid link", 3, "link expired"
        ),
        Signal(r"log in|login|sign in|sign-in|locked out|into my account", 2),
    ),
)
_FAULT = Topic(
    name="fault",
    queue="technical",
    label="Fault in the product",
    acknowledge="Thank you for reporting this.",
    advice="Please keep the details of what you saw; nothing needs to be set up again.",
    ask="Please tell us what you did, what you expected and what happened.",
    signals=(
        Signal(r"bug|error|broken|does not work|doesn't work|crash(?:es|ed)?", 2, "{}"),
        Signal(
            r"slow|missing (?:data|records)|disappeared|wrong (?:result|number)",
            2,
            "{}",
        ),
    ),
)
_HOW_TO = Topic(
    name="how_to",
    queue="technical",
    label="Question about the product",
    informational=True,
    acknowledge="Thank you for your message.",
    advice="We have noted what you would like to do.",
    ask="Please tell us what you would like to achieve.",
    signals=(Signal(r"how (?:do|can|to)|where (?:do|can)|is it possible|question", 2),),
)

TOPICS = (
    *RISKS,
    _CHARGE,
    _INVOICE,
    _RENEWAL,
    _RELATIONSHIP,
    _OUTAGE,
    _DATA_FLOW,
    _SIGN_IN,
    _FAULT,
    _HOW_TO,
)
"""Every topic; the last one is for tickets that show no signal at all."""
