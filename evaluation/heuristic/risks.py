"""The kinds of trouble in which somebody or something is at risk."""

from .rules import Signal, Topic


DATA_REQUEST = Topic(
    name="data_request",
    queue="trust_safety",
    label="Data subject request",
    areas=("privacy", "legal"),
    acknowledge="We have received your request about personal data and logged it today.",
    advice=(
        "Handing over or removing information cannot be undone, so nothing is changed "
        "before we are sure who is asking."
    ),
    ask=(
        "Please confirm the request through a contact that is already on file for you; "
        "we need only what the identity check requires, and no document for now."
    ),
    signals=(
        Signal(r"data subject|gdpr|ccpa|data protection|privacy (?:law|officer)", 3),
        Signal(r"personal (?:data|details|information|records?)", 3, "personal data"),
        Signal(r"eras(?:e|ed|ure)|to be forgotten", 3, "erasure"),
        Signal(r"delete (?:my|every|all)|(?:it|them) deleted|removed", 1, "deletion"),
        Signal(r"(?:stored?|hold|held|keep) .{0,20}about (?:me|my)", 3, "stored data"),
        Signal(r"(?:copy|extract) .{0,40}(?:data|first|of them)", 2, "copy wanted"),
        Signal(r"(?:old )?invoices|bills", 0, "incl. invoices"),
    ),
)
ABUSE = Topic(
    name="abuse",
    queue="trust_safety",
    label="Report of abuse or legal process",
    areas=("abuse", "moderation"),
    acknowledge="Thank you for telling us; we take a report like this seriously.",
    advice=(
        "Please keep the original messages as evidence, and if anybody is in danger "
        "now, call the local emergency number."
    ),
    ask="Please tell us where and when you saw it.",
    signals=(
        Signal(r"harass(?:ed|ing|ment)|stalk(?:er|ing)|self-harm|suicid(?:e|al)", 4),
        Signal(r"threatens? (?:me|us|to hurt)|kill (?:him|her|them|my|me)", 4),
        Signal(r"copyright|trademark|takedown|court order|subpoena|police", 4),
        Signal(r"(?:scam|malware|spam|fake shop).{0,60}(?:hosted|your platform)", 5),
        Signal(r"(?:he is|she is|they are|i am) in danger|violence|weapon", 4),
        Signal(r"suspended.{0,40}(?:abuse|policy)|card testing|minors?", 3),
    ),
)
EXPOSED_SECRET = Topic(
    name="exposed_secret",
    queue="security",
    label="Exposed credential",
    areas=("api", "developer"),
    acknowledge="Thank you for reporting this and for not sending the value itself.",
    advice=(
        "A value that was public may have been copied, so please revoke it in the "
        "console now and create a new one for what depends on it; please do not send "
        "it to anybody. Logs for the time in question are part of the review, and "
        "until it is complete we can neither confirm nor rule out anything."
    ),
    ask="Please tell us the name of the credential and where it could be seen.",
    signals=(
        Signal(
            r"(?:api |live |production )?(?:token|api key|credentials?|secret)", 2, "{}"
        ),
        Signal(r"public (?:repository|repo|page|chat|channel|forum|bucket)", 3, "{}"),
        Signal(r"on the internet|published|pushed|leaked|screenshot|pasted", 2),
        Signal(r"rotat(?:e|ing|ion)|revok(?:e|ed|ing)|swap the (?:key|token)", 2),
        Signal(r"(?:calls?|reads?).{0,40}(?:address|network)", 3, "unknown caller"),
        Signal(r"status live|(?:key|token) is active|in use", 2, "still live"),
    ),
)
TAKEOVER = Topic(
    name="takeover",
    queue="security",
    label="Signs of account takeover",
    areas=("account", "security"),
    acknowledge="You were right to write to us, and please do not wait with this.",
    advice=(
        "Please open the official sign-in page from your own bookmark, end all sessions "
        "and choose a new password there. Keep the original mails and times as "
        "evidence, and do not open the page in question again. We will never ask for "
        "a password or a code."
    ),
    ask="Please tell us when you noticed it first and which account it concerns.",
    signals=(
        Signal(
            r"authenticator.{0,60}(?:never|not know|don't know|did not|unknown)",
            4,
            "unknown authenticator",
        ),
        Signal(
            r"forward(?:s|ing) .{0,20}(?:mail|rule)|rule .{0,20}forwards",
            3,
            "forwarding rule",
        ),
        Signal(
            r"recovery (?:address|mail|phone).{0,40}changed",
            3,
            "recovery address changed",
        ),
        Signal(
            r"(?:device|session|login|sign-in).{0,60}(?:don't know|never|unknown)", 3
        ),
        Signal(
            r"unfamiliar (?:address|network|place)|new country|where i have never", 3
        ),
        Signal(r"session .{0,30}(?:still active|not ended)", 2, "session still active"),
        Signal(
            r"look-alike|strange address|looked just like|typed my password",
            2,
            "fake page",
        ),
        Signal(r"hacked|hijacked|compromised|(?:is|was) in my account", 4),
    ),
)
PHISHING = Topic(
    name="phishing",
    queue="security",
    label="Suspicious message or request",
    acknowledge="Thank you for checking with us first.",
    advice=(
        "Please do not open the link or follow the message, and keep the original as "
        "evidence."
    ),
    ask="Please tell us who received it and whether anybody entered something.",
    signals=(
        Signal(r"phishing|phish|suspicious (?:mail|message|link)|spoofed", 4, "{}"),
        Signal(r"(?:new|changed) bank (?:details|account)", 4, "changed bank details"),
        Signal(
            r"(?:switch off|turn off|disable|remove) .{0,20}(?:mfa|sso|two-factor)", 4
        ),
        Signal(r"(?:vulnerability|exploit|another (?:company|tenant)'s)", 4),
        Signal(r"(?:laptop|phone) .{0,20}(?:stolen|lost)|stolen (?:laptop|phone)", 4),
    ),
)

RISKS = (
    DATA_REQUEST,
    ABUSE,
    EXPOSED_SECRET,
    TAKEOVER,
    PHISHING,
)
