package dev.capstan.ingest.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.capstan.ingest.filter.Verdict.Refusal;
import dev.capstan.ingest.text.DetectedLanguage;
import dev.capstan.ingest.text.NormalisedText;
import dev.capstan.ingest.text.TextNormaliser;
import dev.capstan.platform.images.ImageFormat;
import dev.capstan.platform.images.ImageHeader;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each rule on both sides of its limit. */
class RulesTest {

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\t\n", "\u00a0 \u200b", "\u0000\u202e"})
    void shouldRefuseATextOfNothingVisible(String text) {
        Verdict verdict = new TextEmpty().judge(text(text));

        assertRefused(verdict, "text-empty", 0, 1);
    }

    @Test
    void shouldKeepATextOfOneVisibleCharacter() {
        Verdict verdict = new TextEmpty().judge(text("x"));

        assertThat(verdict).isEqualTo(Verdict.KEEP);
    }

    @Test
    void shouldKeepATextOfTheLeastCharacters() {
        Verdict verdict = new TextTooShort(3).judge(text("  \ud83d\udc36\ud83d\udc36\ud83d\udc36 "));

        assertThat(verdict).isEqualTo(Verdict.KEEP);
    }

    @Test
    void shouldRefuseOneCharacterTooFew() {
        Verdict verdict = new TextTooShort(3).judge(text("\ud83d\udc36\ud83d\udc36"));

        assertRefused(verdict, "text-too-short", 2, 3);
    }

    @Test
    void shouldKeepATextOfTheMostCharacters() {
        Verdict verdict = new TextTooLong(5).judge(normalised("12345", 5));

        assertThat(verdict).isEqualTo(Verdict.KEEP);
    }

    @Test
    void shouldRefuseOneCharacterTooMany() {
        Verdict verdict = new TextTooLong(5).judge(normalised("123456", 5));

        assertRefused(verdict, "text-too-long", 6, 5);
    }

    @Test
    void shouldRefuseATextThatWasCut() {
        Verdict verdict = new TextTooLong(5).judge(normalised("x".repeat(10_000_000), 5));

        assertRefused(verdict, "text-too-long", 10_000_000, 5);
    }

    @Test
    void shouldCountComposedCharactersOnceEachAgainstTheLength() {
        Verdict verdict = new TextTooLong(5).judge(normalised("e\u0301".repeat(5), 5));

        assertThat(verdict).isEqualTo(Verdict.KEEP);
    }

    @Test
    void shouldKeepATextOfTheLeastWords() {
        Verdict verdict = new TextTooFewWords(2).judge(text("polar bear!"));

        assertThat(verdict).isEqualTo(Verdict.KEEP);
    }

    @Test
    void shouldRefuseOneWordTooFew() {
        Verdict verdict = new TextTooFewWords(2).judge(text("- bear -"));

        assertRefused(verdict, "text-too-few-words", 1, 2);
    }

    @Test
    void shouldCountTheCharactersOfScriptsWithoutSpacesAsWords() {
        Verdict verdict = new TextTooFewWords(3).judge(text("\u5317\u6781\u718a"));

        assertThat(verdict).isEqualTo(Verdict.KEEP);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "IMG_0001.jpg",
                "DSC00042.JPG",
                "DSC_1234",
                "img 20240101 123456",
                "3fa9c211_thumb_30x20.png",
                "untitled-17.webp",
                "my holiday (3).jpeg",
                "Screenshot 2024-01-01",
                "20240101_123456",
                "d41d8cd98f00b204e9800998ecf8427e",
                "https://pictures.example/a.html",
                "www.pictures.example/red-ball",
                "assets/images/red-ball.svg"
            })
    void shouldRefuseANameThatNobodyWroteForPeople(String text) {
        Verdict verdict = new TextFileName().judge(text(text));

        Refusal refusal = verdict.refusal().orElseThrow();
        assertThat(refusal.rule()).isEqualTo("text-file-name");
        assertThat(refusal.score()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a red ball",
                "ox",
                "T-Rex",
                "1st place medal",
                "an image of a cat",
                "photo of 3 dogs",
                "deadbeef cafe",
                "cat. jpg are common",
                "2024",
                "defaced facade",
                "how to open a .png file in a browser"
            })
    void shouldKeepWhatPeopleWrite(String text) {
        Verdict verdict = new TextFileName().judge(text(text));

        assertThat(verdict).isEqualTo(Verdict.KEEP);
    }

    @Test
    void shouldRefuseTheSameWordsOverAndOver() {
        Verdict verdict = new TextRepeatedWords(0.34).judge(text("buy now ".repeat(4)));

        assertRefused(verdict, "text-repeated-words", 0.25, 0.34);
    }

    @Test
    void shouldKeepEnoughDistinctWords() {
        Verdict verdict = new TextRepeatedWords(0.25).judge(text("buy now ".repeat(4)));

        assertThat(verdict).isEqualTo(Verdict.KEEP);
    }

    @Test
    void shouldLetShortTextsRepeat() {
        Verdict verdict = new TextRepeatedWords(1.0).judge(text("dog ".repeat(TextRepeatedWords.MIN_WORDS - 1)));

        assertThat(verdict).isEqualTo(Verdict.KEEP);
    }

    @ParameterizedTest
    @ValueSource(strings = {"===========", "= = = = = = = = = =", "aaaaaaaaaaaab"})
    void shouldRefuseOneCharacterOverAndOver(String text) {
        Verdict verdict = new TextRepeatedCharacters(0.8).judge(text(text));

        assertThat(verdict.refusal().orElseThrow().rule()).isEqualTo("text-repeated-characters");
    }

    @Test
    void shouldKeepACharacterAtTheLargestShare() {
        Verdict verdict = new TextRepeatedCharacters(0.8).judge(text("aaaaaaaabc"));

        assertThat(verdict).isEqualTo(Verdict.KEEP);
    }

    @Test
    void shouldRefuseACharacterAboveTheLargestShare() {
        Verdict verdict = new TextRepeatedCharacters(0.8).judge(text("aaaaaaaaab"));

        assertRefused(verdict, "text-repeated-characters", 0.9, 0.8);
    }

    @Test
    void shouldLetFewCharactersRepeat() {
        Verdict verdict =
                new TextRepeatedCharacters(0.8).judge(text("z".repeat(TextRepeatedCharacters.MIN_CHARACTERS - 1)));

        assertThat(verdict).isEqualTo(Verdict.KEEP);
    }

    @Test
    void shouldKeepAnImageOfTheLeastSide() {
        Verdict verdict = new ImageTooSmall(32).judge(header(32, 500));

        assertThat(verdict).isEqualTo(Verdict.KEEP);
    }

    @Test
    void shouldRefuseOnePixelTooFew() {
        Verdict verdict = new ImageTooSmall(32).judge(header(500, 31));

        assertRefused(verdict, "image-too-small", 31, 32);
    }

    @Test
    void shouldKeepAnImageOfTheLargestAspect() {
        Verdict verdict = new ImageAspect(3).judge(header(100, 300));

        assertThat(verdict).isEqualTo(Verdict.KEEP);
    }

    @Test
    void shouldRefuseAnImageBeyondTheLargestAspect() {
        Verdict verdict = new ImageAspect(3).judge(header(301, 100));

        assertRefused(verdict, "image-aspect", 3.01, 3);
    }

    private static NormalisedText text(String text) {
        return normalised(text, 1000);
    }

    private static NormalisedText normalised(String text, int maxCharacters) {
        return new TextNormaliser(maxCharacters).normalise(text);
    }

    private static ImageHeader header(int width, int height) {
        return new ImageHeader(ImageFormat.PNG, width, height);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "noai",
                "NoImageAI",
                "noindex",
                "noimageindex",
                "none",
                "nofollow, noai",
                "capstan: noai",
                "*: noindex",
                "googlebot: nofollow, capstan: noimageai",
                "unavailable_after: 25 Jun 2030 15:00:00 PST, noai"
            })
    void shouldHeedWhatTheServerForbids(String value) {
        Verdict verdict = new OptOut().judge(Map.of("content-type", "image/png", "X-Robots-Tag", value));

        assertThat(verdict.refusal()).isPresent();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "all", "nofollow, noarchive", "googlebot: noindex, noai", "noaim", ",,:,"})
    void shouldKeepWhatTheServerDoesNotForbidUs(String value) {
        Verdict verdict = new OptOut().judge(Map.of("x-robots-tag", value, "x-other", "noai"));

        assertThat(verdict).isEqualTo(Verdict.KEEP);
    }

    @Test
    void shouldKeepAFileOfTheLeastBytes() {
        Verdict verdict = new ImageTooFewBytes(3).judge(ByteBuffer.allocate(3));

        assertThat(verdict).isEqualTo(Verdict.KEEP);
    }

    @Test
    void shouldRefuseAFileOfTooFewBytes() {
        Verdict verdict = new ImageTooFewBytes(3).judge(ByteBuffer.allocate(2));

        assertRefused(verdict, "image-too-few-bytes", 2, 3);
    }

    @Test
    void shouldKeepATextThatIsInAWantedLanguageMoreProbablyThanNot() {
        Verdict verdict = new TextLanguage(List.of("de", "en"))
                .judge(new DetectedLanguage(Map.of("nl", 0.5, "de", 0.3, "en", 0.2)));

        assertThat(verdict).isEqualTo(Verdict.KEEP);
    }

    @Test
    void shouldRefuseATextThatIsInAnotherLanguage() {
        Verdict verdict =
                new TextLanguage(List.of("de", "en")).judge(new DetectedLanguage(Map.of("nl", 0.75, "de", 0.25)));

        assertRefused(verdict, "text-language", 0.25, 0.5);
    }

    @Test
    void shouldKeepATextWithoutALanguage() {
        Verdict verdict = new TextLanguage(List.of("en")).judge(DetectedLanguage.UNKNOWN);

        assertThat(verdict).isEqualTo(Verdict.KEEP);
    }

    private static void assertRefused(Verdict verdict, String rule, double score, double threshold) {
        Refusal refusal = verdict.refusal().orElseThrow();
        assertThat(refusal.rule()).isEqualTo(rule);
        assertThat(refusal.score().orElseThrow()).isCloseTo(score, within(1e-9));
        assertThat(refusal.threshold().orElseThrow()).isEqualTo(threshold);
        assertThat(refusal.detail()).endsWith(".");
    }
}
