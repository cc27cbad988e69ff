"""Both directions between the program and nodes that speak like the Go tool, every byte checked."""

import time

from case import OK, REMAPHORE, GoListener, GoRequester, GoSender, HubCase, records

import wire


class FromForeign(HubCase):
    """A Go-like sender or requester, our listener."""

    def setUp(self):
        super().setUp()
        self.left = self.node()

    def test_a_foreign_message_is_received(self):
        sender = self.foreign(kind=GoSender)
        shapes = [dict(payload=b"plain"), dict(payload=b"a,b,,c"), dict(payload=b"nul\0lf\n\xff"),
                  dict(payload=b"uuid", uuid="upload"), dict(payload=b"long", uuid="much longer than twelve bytes"),
                  dict(payload=b"one byte uuid", uuid=b"\0"), dict(payload=b"empty verb", verb=""),
                  dict(payload=b"verb", verb="Deploy"), dict(payload=b"same", destination="com.crypto.us.left"),
                  dict(payload=b"like", destination="com.*.us.**"), dict(payload=b"\xc3\xbc", verb="\u00fc")]
        listener = self.listen(self.left)
        for shape in shapes:
            sender.send(**shape)
        want = b"".join(shape["payload"] + b"\n" for shape in shapes)
        listener.stdout.wait(lambda data: len(data) >= len(want), "all of them")
        self.assertEqual(listener.stdout.data, want)

    def test_a_request_is_answered_with_the_output_of_the_script(self):
        asker = self.foreign(kind=GoRequester)
        self.listen(self.left, "/bin/sh", "-c", 'echo "$1:$2"; exit 3', "sh")
        question = asker.request(b"pay,load", verb="deploy", uuid="x")
        delivery = asker.client.next()
        self.assertEqual(delivery.subject, f"{self.fleet.subject}.{question.hash.hex()}")
        reply = wire.judge(delivery.payload, reply=True, peers={self.left.public: []}, now_ns=time.time_ns(),
                           allow_skew_ns=5 * 10**9)
        self.assertEqual(reply.payload, b"3,deploy:pay,load\n")

    def test_a_request_without_a_script_is_answered_with_no_data(self):
        asker = self.foreign(kind=GoRequester)
        self.listen(self.left)
        asker.request(b"hi")
        self.assertEqual(asker.next().payload, b"0,NO_DATA")

    def test_several_listeners_answer_each_for_themselves(self):
        asker = self.foreign(kind=GoRequester)
        nodes = [self.node(f"com.n{number}") for number in range(3)]
        for node in nodes:
            self.listen(node, "/bin/echo", node.destination)
        asker.request(b"hi", destination="com.n*")
        replies = {reply.public: reply.payload for reply in (asker.next() for _ in nodes)}
        self.assertEqual(replies, {node.public: f"0,{node.destination} ping hi\n".encode() for node in nodes})

    def test_the_hash_is_over_the_whole_message_as_sent(self):
        asker = self.foreign(kind=GoRequester)
        self.listen(self.left, "/bin/echo")
        questions = [asker.request(payload, verb=verb) for payload, verb in
                     ((b"", "ping"), (b",,,", "a b"), (b"x" * 5000, "ping"))]
        subjects = {asker.client.next().subject for _ in questions}
        self.assertEqual(subjects, {f"{self.fleet.subject}.{q.hash.hex()}" for q in questions})


class ToForeign(HubCase):
    """Our sender or requester, a Go-like listener."""

    def setUp(self):
        super().setUp()
        self.left = self.node("com.left")

    def test_our_messages_pass_every_check_of_a_receiver(self):
        listener = self.foreign("com.go").subscribe()
        for args in (["hi"], ["-v", "deploy", "-u", "release"], ["-D", "com.**", b"a,b\n\xff"], ["-u", "x" * 40, ""]):
            self.send(self.left, *args)
            delivery = listener.client.next()
            self.assertEqual((delivery.headers, delivery.reply, delivery.subject), (b"", "", listener.subject()))
            message = wire.judge(delivery.payload, reply=False, peers={self.left.public: ["*"]},
                                 now_ns=time.time_ns(), allow_skew_ns=3 * 10**9)
            self.assertFalse(message.reply_requested)

    def test_a_listener_without_a_script_answers_a_bare_no_data(self):
        listener = self.foreign("com.go", kind=GoListener)
        process = self.remaphore(self.left, "-r", "-t", "10s", "hi").expect_exit(OK)
        self.assertEqual(process.stdout.data, b"com.go,0,NO_DATA\n")
        self.assertEqual([request.payload for request in listener.requests], [b"hi"])

    def test_a_listener_with_a_script_answers_its_output(self):
        self.foreign("com.go", kind=GoListener, payload=b"2,line one\nline two\n")
        process = self.remaphore(self.left, "-r", "-t", "10s", "hi").expect_exit(OK)
        found, frames = records(process.stdout.data)
        self.assertEqual((found, len(frames)), ([("com.go", "2", "line one\nline two")], 1))

    def test_a_killed_script_of_a_foreign_listener_is_minus_one(self):
        self.foreign("com.go", kind=GoListener, payload=b"-1,")
        process = self.remaphore(self.left, "-r", "-t", "10s", "hi").expect_exit(OK)
        self.assertEqual(process.stdout.data, b"com.go,-1,\n")

    def test_ours_and_foreign_ones_answer_the_same_request(self):
        ours = self.node("com.ours")
        self.foreign("com.go", kind=GoListener, payload=b"0,foreign")
        self.listen(ours, "/bin/echo", "ours")
        process = self.remaphore(self.left, "-r", "-t", "10s", "hi").expect_exit(OK)
        self.assertEqual(sorted(process.stdout.lines), ["com.go,0,foreign", "com.ours,0,ours ping hi"])


class Ours(HubCase):
    """Both ends are the program."""

    def test_a_barrier_of_two_waiters_opens_with_one_message(self):
        uploader, waiters = self.node("com.up"), [self.node("com.d1"), self.node("com.d2")]
        waiting = [self.listen(node, "-u", "upload_done", "-t", "15s") for node in waiters]
        self.send(uploader, "-u", "upload_done", "/data/file")
        for process in waiting:
            process.expect_exit(OK)
            self.assertEqual(process.stdout.data, b"/data/file\n")

    def test_a_message_is_for_those_it_names(self):
        sender, one, two = self.node("com.s"), self.node("com.one"), self.node("net.two")
        first, second = self.listen(one), self.listen(two)
        self.send(sender, "-D", "com.*", "for com")
        self.send(sender, "for all")
        for process, want in ((first, b"for com\nfor all\n"), (second, b"for all\n")):
            process.stdout.wait_for("for all\n")
            self.assertEqual(process.stdout.data, want)

    def test_a_hundred_messages_by_a_hundred_commands_all_arrive(self):
        sender, receiver = self.node("com.s"), self.node("com.r")
        listener = self.listen(receiver)
        shell = self.start("/bin/sh",
                           "-c", 'i=0; while [ $i -lt 100 ]; do "$0" -c "$1" -s $i || exit 9; i=$((i+1)); done',
                           REMAPHORE, sender.write())
        shell.expect_exit(OK, within=60)
        listener.stdout.wait_lines(100)
        self.assertEqual(listener.stdout.data.split(), [b"%d" % number for number in range(100)])

    def test_all_that_is_sent_as_text_arrives_as_text(self):
        sender, receiver = self.node("com.s"), self.node("com.r")
        listener = self.listen(receiver)
        words = ["a,b", "--> 0", "Ready", " leading", "trailing ", "tab\there", "new\nline", "\u00fc\u20ac", "%s%n",
                 "-"]
        for word in words:
            self.send(sender, "--", word)
        want = "".join(word + "\n" for word in words).encode()
        listener.stdout.wait(lambda data: len(data) >= len(want), "all words")
        self.assertEqual(listener.stdout.data, want)
