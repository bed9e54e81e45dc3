"""What carries its own end, in all forms that are in use, and what only looks like it."""

from __future__ import annotations

import base64
import json

import pytest

from snapshot_restore_py._rehearsal.inside.tokens import ending

END = 1_800_000_000  # 2027-01-15 08:00:00 UTC
JWT = """\
import base64, json, time
def written(data): return base64.urlsafe_b64encode(json.dumps(data).encode()).decode().rstrip("=")
def make(**claims): return f"{written({'alg': 'HS256'})}.{written(claims)}.{'c2lnbmF0dXJl' * 3}"
"""


def encoded(data: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).decode().rstrip("=")


def token(claims: object) -> str:
    return f"{encoded({'alg': 'HS256'})}.{encoded(claims)}.c2lnbmF0dXJlLW9mLXRoaXM"


PRESIGNED = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20270115T074500Z&X-Amz-Expires=900"
POLICY = json.dumps(
    {"Statement": [{"Condition": {"DateLessThan": {"AWS:EpochTime": END}}}]},
    separators=(",", ":"),
)
CLOUDFRONT = base64.b64encode(POLICY.encode()).decode().translate(str.maketrans("+=/", "-_~"))
UPLOAD = base64.b64encode(b'{"expiration": "2027-01-15T08:00:00Z", "conditions": []}').decode()
EKS = base64.urlsafe_b64encode(f"https://sts.amazonaws.com/?{PRESIGNED}".encode()).decode()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (f"Bearer {token({'exp': END})}", "a JSON Web Token"),
        (json.dumps({"access_token": token({"exp": END + 0.0})}), "a JSON Web Token"),
        (f"https://b.s3.amazonaws.com/k?{PRESIGNED}&X-Amz-Signature=0", "a presigned URL"),
        (f"{PRESIGNED}&X-Amz-Signature=0", "a presigned URL"),
        (
            f"https://storage.googleapis.com/b/k?{PRESIGNED}".replace("Amz", "Goog"),
            "a presigned URL",
        ),
        (f"db.example.com:5432/?Action=connect&{PRESIGNED}", "a token for a service of AWS"),
        (f"k8s-aws-v1.{EKS.rstrip('=')}", "a token for a service of AWS"),
        (f"https://d.cloudfront.net/a?Expires={END}&Signature=x&Key-Pair-Id=K", "a signed URL"),
        (f"https://d.cloudfront.net/a?Policy={CLOUDFRONT}&Signature=x", "a signed URL"),
        (
            f"https://b.s3.amazonaws.com/k?AWSAccessKeyId=A&Signature=x&Expires={END}",
            "a signed URL",
        ),
        (
            "https://a.blob.core.windows.net/c?sv=2024&se=2027-01-15T08%3A00%3A00Z&sig=x",
            "a signed URL",
        ),
        (f"SharedAccessSignature sr=queue&sig=x&se={END}&skn=key", "a signed URL"),
        (UPLOAD, "a policy for uploads"),
    ],
)
def test_what_carries_its_end_is_recognized(text, kind):
    found = ending(text)
    assert (found.kind, found.end) == (kind, END)
    assert found.text in text


@pytest.mark.parametrize(
    "text",
    [
        token({"sub": "no end"}),
        token({"exp": "never"}),
        token(["exp", END]),
        "eyJhbGciOiJIUzI1NiJ9.eyJhbGciOiJIUzI1.c2lnbmF0dXJlLW9mLXRoaXM",
        "eyJhbGciOiJIUzI1NiJ9.eyJhbGciO.c2lnbmF0dXJlLW9mLXRoaXM and no more",
        "X-Amz-Expires=SECONDS is how long it lasts, from X-Amz-Date=TIME on",
        "https://example.com/?X-Amz-Date=20279915T074500Z&X-Amz-Expires=900",
        f"https://example.com/calendar?Expires={END}",
        "https://example.com/?Signature=x&Expires=Thu, 15 Jan 2027 08:00:00 GMT",
        "https://example.com/?Signature=x&Policy=bm8gcG9saWN5IGF0IGFsbA__",
        base64.b64encode(b'{"expiration": 900, "conditions": []}').decode(),
        base64.b64encode(b"https://example.com/without-an-end").decode(),
        f"{token({'exp': END})} {'x' * 1_000_000}",
    ],
)
def test_what_has_no_end_is_not(text):
    assert ending(text) is None


def test_it_says_what_ends_and_when_and_never_shows_it(functions):
    source = JWT + (
        "TOKEN = make(sub='orders', exp=int(time.time()) + 900)\n"
        "HEADERS = {'authorization': f'Bearer {TOKEN}'}\n"
        "def handler(event, context): return TOKEN[-50:-20]\n"
    )
    rehearsal = functions.rehearse(source)
    assert (rehearsal.status, rehearsal.codes) == (0, ["expiring-value"])
    assert rehearsal.report["not_examined"] == []
    assert rehearsal.finding["location"] == "app.TOKEN"
    assert (
        "app.TOKEN holds a JSON Web Token from the init, which ends at 20"
        in (rehearsal.finding["message"])
    )
    assert "also as:      app.HEADERS['authorization']" in rehearsal.finding["evidence"]
    assert encoded({"alg": "HS256"}) not in json.dumps(rehearsal.report["findings"])
    assert "TOKEN = make(sub='orders', exp=int(time.time()) + 900)" in rehearsal.finding["fix"]


def test_what_the_handler_makes_of_it_is_told_as_not_examined(functions):
    source = JWT + (
        "import hashlib\n"
        "TOKEN = make(exp=time.time() + 900)\n"
        "def handler(event, context): return hashlib.sha256(TOKEN.encode()).hexdigest()\n"
    )
    rehearsal = functions.rehearse(source)
    assert rehearsal.codes == ["expiring-value"]
    assert len(rehearsal.report["not_examined"]) == 1


def test_a_constant_of_several_parts_or_of_a_file_is_no_finding(functions):
    header, claims, signature = token({"exp": END, "sub": "a sample"}).split(".")
    functions.write("license.txt", token({"exp": END + 1}))
    functions.write("config.json", json.dumps({"token": token({"exp": END + 2})}))
    source = f"""
        import json
        TOKEN = ".".join(["{header}", "{claims}", "{signature}"])
        LINES = ("Bearer {header}.{claims[:8]}"
                 "{claims[8:]}.{signature}")
        LICENSE = open("license.txt").read()
        SETTINGS = json.load(open("config.json"))
        def handler(event, context): return 1
    """
    assert functions.rehearse(source).codes == []


def test_a_token_that_a_server_gives_is_found_though_both_inits_have_the_same(functions, tmp_path):
    (tmp_path / "answer").write_text(token({"exp": END}))
    source = f"""
        TOKEN = open({str(tmp_path / "answer")!r}).read()
        def handler(event, context): return 1
    """
    assert functions.rehearse(source).codes == ["expiring-value"]


def test_code_that_writes_down_a_secret_is_not_repeated(functions):
    source = JWT + (
        "def encode(claims, key): return make(**claims)\n"
        "def ask(password): return make(exp=time.time() + 800)\n"
        "SIGNED = encode({'exp': time.time() + 900}, 'a secret')\n"
        "ASKED = ask(password='another')\n"
        "def handler(event, context): return 1\n"
    )
    rehearsal = functions.rehearse(source)
    assert rehearsal.codes == ["expiring-value"] * 2
    for finding in rehearsal.report["findings"]:
        assert "make it anew in a hook after the restore" in finding["fix"]
        assert "secret'" not in finding["fix"]
        assert "another" not in finding["fix"]


def test_many_in_one_name_are_one_finding(functions):
    source = JWT + (
        "TOKENS = {n: make(n=n, exp=time.time() + 900 + n) for n in range(40)}\n"
        "def handler(event, context): return 1\n"
    )
    rehearsal = functions.rehearse(source)
    assert rehearsal.codes == ["expiring-value"]
    assert "and 39 more" in rehearsal.finding["evidence"]


def test_what_a_hook_renews_in_one_place_only_is_found_in_the_other(functions):
    source = JWT + (
        "import snapshot_restore_py, string\n"
        "TOKEN = make(exp=time.time() + 900)\n"
        "client = string.Formatter(); client.headers = {'authorization': TOKEN}\n"
        "@snapshot_restore_py.register_after_restore\n"
        "def renew():\n"
        "    global TOKEN\n"
        "    TOKEN = make(exp=time.time() + 901)\n"
        "def handler(event, context): return 1\n"
    )
    rehearsal = functions.rehearse(source)
    assert rehearsal.codes == ["expiring-value"]
    assert rehearsal.finding["location"] == "app.client.headers['authorization']"
    # What makes the client may not be all that it is given.
    assert "def renew" not in rehearsal.finding["fix"]


def test_the_answer_of_a_role_is_a_copy_of_keys(functions):
    source = """
        import datetime, secrets, uuid
        def assume(end):
            return {
                "AccessKeyId": "ASIA" + secrets.token_hex(8).upper(),
                "SecretAccessKey": secrets.token_hex(20),
                "SessionToken": secrets.token_hex(100),
                "Expiration": end,
            }
        ROLE = assume(datetime.datetime.now() + datetime.timedelta(hours=1))
        class Zone(datetime.tzinfo):
            def utcoffset(self, when): raise OSError("no such zone")
        BROKEN = datetime.datetime(2027, 1, 1, tzinfo=Zone())
        OTHER = {"id": uuid.uuid4().hex, "Credentials": assume(BROKEN)}
        del BROKEN
        ENDLESS = assume(datetime.datetime.max)
        NONE = {"AccessKeyId": "", "SessionToken": None}
        def handler(event, context): return 1
    """
    rehearsal = functions.rehearse(source)
    found = {one["location"]: one for one in rehearsal.report["findings"]}
    assert rehearsal.codes == ["shared-value", *["expiring-value"] * 3]
    assert {*found} == {"app.OTHER['id']", "app.ROLE", "app.ENDLESS", "app.OTHER['Credentials']"}
    assert "which ends at 2" in found["app.ROLE"]["message"]
    assert "which ends within hours" in found["app.OTHER['Credentials']"]["message"]


def test_code_that_takes_a_secret_from_a_name_is_offered(functions):
    source = JWT + (
        "PASSWORD = 'a secret'\n"
        "def ask(password): return make(exp=time.time() + 800)\n"
        "TOKEN = ask(password=PASSWORD)\n"
        "def handler(event, context): return 1\n"
    )
    assert "TOKEN = ask(password=PASSWORD)" in functions.rehearse(source).finding["fix"]


def test_files_that_cannot_be_read_or_are_too_many_or_too_large_are_passed_over(functions):
    (functions.folder / "dangling").symlink_to("nowhere")
    for number in range(2000):
        (functions.folder / f"{number}.txt").touch()
    functions.write("large.py", "#" * 1_000_001)
    source = JWT + "import large\nTOKEN = make(exp=time.time() + 800)\n"
    source += "def handler(event, context): return 1\n"
    assert functions.rehearse(source).codes == ["expiring-value"]


def test_without_a_source_no_code_is_offered(functions):
    functions.write(
        "helper.py",
        """
        import time
        DEADLINE, TODAY = time.monotonic() + 3599, time.strftime("%Y-%m-%d")
        """,
    )
    source = """
        import helper, os
        def handler(event, context):
            if os.path.exists(helper.__file__): os.remove(helper.__file__)
    """
    rehearsal = functions.rehearse(source)
    assert rehearsal.codes == ["captured-time"] * 2
    assert not any("def empty" in one["fix"] for one in rehearsal.report["findings"])
