package dev.capstan.endtoend;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.FilePayload;
import dev.capstan.checkpoints.CheckpointLog;
import dev.capstan.console.ConsoleConfig;
import dev.capstan.console.ConsoleService;
import dev.capstan.platform.ConfigurationSource;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.LiveAction;
import dev.capstan.schemas.records.LiveVersion;
import dev.capstan.schemas.records.ReloadOutcome;
import dev.capstan.testing.FakeInference;
import dev.capstan.testing.KafkaExtension;
import dev.capstan.testing.StreamSamples;
import dev.capstan.testing.TinyModels;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.awt.Color;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The console's page in a real Chromium: {@code -Dcapstan.chromium} names the program. Pictures of the page are left in
 * target/screenshots.
 */
@Tag("browser")
final class ConsoleBrowserTest {
    @RegisterExtension
    static final KafkaExtension KAFKA = new KafkaExtension();

    private static final String MODEL = "capstan-demo";
    private static final String HOSTILE = "<img src=x onerror=\"window.broken=1\"><script>window.broken=1</script>";
    private static final int VERSIONS = 24;
    private static final int LOADS = 15;

    private static StreamSamples samples;
    private static FakeInference inference;
    private static ConsoleService console;
    private static Playwright playwright;
    private static Browser browser;

    private final List<String> complaints = new CopyOnWriteArrayList<>();
    private BrowserContext context;
    private Page page;

    @BeforeAll
    static void start() throws IOException {
        KAFKA.createTopics();
        samples = new StreamSamples(KAFKA.clientProperties(), MODEL);
        stream();
        inference = new FakeInference(KAFKA.clientProperties(), MODEL, VERSIONS, "a red circle on white");
        console = new ConsoleService(
                ConsoleConfig.from(ConfigurationSource.of(Map.of(
                        "bootstrap-servers",
                        KAFKA.bootstrapServers(),
                        "registry",
                        KAFKA.registryUrl(),
                        "console.port",
                        "0",
                        "console.lag-interval",
                        "300ms"))),
                new PrometheusMeterRegistry(PrometheusConfig.DEFAULT),
                Clock.systemUTC());
        console.start();
        await().until(console::isReady);
        playwright = Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        browser = playwright
                .chromium()
                .launch(new BrowserType.LaunchOptions()
                        .setExecutablePath(Path.of(System.getProperty("capstan.chromium", "/usr/bin/chromium")))
                        .setArgs(List.of("--no-sandbox", "--disable-gpu", "--disable-background-networking")));
    }

    @AfterAll
    static void stop() {
        playwright.close();
        console.close();
        inference.close();
        samples.close();
    }

    @BeforeEach
    void open() {
        open(new Browser.NewContextOptions().setViewportSize(1440, 1100));
    }

    @AfterEach
    void close() {
        context.close();
        assertThat(complaints).isEmpty();
    }

    @Test
    void shouldSayAtAGlanceHowTheStreamIsDoing() {
        assertThat(page.locator("#verdict")).containsText("the served model is");
        assertThat(page.locator(".stage")).hasCount(5);
        assertThat(page.locator("[data-stage=ingest] .lag")).containsText("lag");
        assertThat(page.locator("[data-stage=checkpoints]")).containsText("version " + VERSIONS);
        assertThat(page.locator("#freshness-plot canvas")).isVisible();
        assertThat(page.locator("#loss-plot canvas")).isVisible();
        assertThat(page.locator("#quality-now")).containsText("%");
        screenshot("light");
    }

    @Test
    void shouldShowWhatTopicsHoldAsTextWhateverItIs() {
        assertThat(page.locator("#captions")).containsText(HOSTILE);
        assertThat(page.locator("#rejected")).containsText(HOSTILE);
        page.locator("#rejected").getByRole(AriaRole.BUTTON).first().click();
        assertThat(page.locator("#rejected .original")).containsText(HOSTILE);
        assertThat(page.locator("#rejected .original img")).isVisible();
        assertThat(page.evaluate("window.broken")).isNull();
    }

    @Test
    void shouldRollBackAndPromoteByTheKeyboardAlone() {
        Locator button = page.getByRole(
                AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Roll back to version " + (VERSIONS - 1)));
        button.focus();
        page.keyboard().press("Enter");
        page.keyboard().type("the captions got worse");
        screenshot("rollback");
        page.keyboard().press("Enter");

        assertThat(page.locator("tr.live")).containsText(Integer.toString(VERSIONS - 1));
        assertThat(page.locator("#live")).containsText("the captions got worse");
        LiveVersion live = live();
        assertThat(live.getVersion()).isEqualTo(VERSIONS - 1);
        assertThat(live.getAction()).isEqualTo(LiveAction.ROLLBACK);

        page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Promote version " + VERSIONS))
                .focus();
        page.keyboard().press("Enter");
        page.keyboard().press("Escape");
        assertThat(page.locator("dialog")).isHidden();
        page.keyboard().press("Enter");
        page.keyboard().type("they were better after all");
        page.keyboard().press("Enter");

        assertThat(page.locator("tr.live")).containsText(Integer.toString(VERSIONS));
        assertThat(live().getVersion()).isEqualTo(VERSIONS);
    }

    @Test
    void shouldGiveLabelsAndACaptionForAPictureAndNameTheCheckpoint() throws IOException {
        page.locator("#file").setInputFiles(new FilePayload("circle.png", "image/png", picture(Color.RED)));

        assertThat(page.locator("#answer .caption")).hasText("a red circle on white");
        assertThat(page.locator("#answer")).containsText("by version " + VERSIONS);
        assertThat(page.locator("#answer .bar").first()).containsText("circle");
        assertThat(page.locator("#captions")).containsText("a red circle on white");
        screenshot("answer");
    }

    @Test
    void shouldSayWhyThereIsNoAnswer() {
        page.locator("#file").setInputFiles(new FilePayload("broken.png", "image/png", new byte[] {0, 1, 2}));

        assertThat(page.locator("#answer")).containsText("cannot be decoded");
    }

    @Test
    void shouldBeReadableInTheDark() {
        open(new Browser.NewContextOptions().setViewportSize(1440, 1100).setColorScheme(ColorScheme.DARK));

        assertThat(page.locator("#loss-plot canvas")).isVisible();
        assertThat(page.evaluate("getComputedStyle(document.body).backgroundColor"))
                .isEqualTo("rgb(16, 21, 19)");
        screenshot("dark");
    }

    @Test
    void shouldFitAPhone() {
        open(new Browser.NewContextOptions().setViewportSize(390, 844));

        assertThat(page.locator(".stage")).hasCount(5);
        assertThat(page.locator("#quality-plot canvas")).isVisible();
        assertThat((Integer) page.evaluate("document.documentElement.scrollWidth"))
                .isLessThanOrEqualTo(390);
        screenshot("phone");
    }

    @Test
    void shouldFetchLittleAndNothingFromElsewhere() {
        AtomicLong bytes = new AtomicLong();
        List<String> elsewhere = new CopyOnWriteArrayList<>();
        page.onResponse(response -> {
            if (!response.url().startsWith("http://127.0.0.1:" + console.port() + "/")) {
                elsewhere.add(response.url());
            } else if (!response.url().endsWith("/api/events")) {
                bytes.addAndGet(response.body().length);
            }
        });
        page.reload();
        assertThat(page.locator(".stage")).hasCount(5);

        assertThat(elsewhere).isEmpty();
        assertThat(bytes.get()).isBetween(20_000L, 150_000L);
    }

    /** Leaves milliseconds of some loads in target/page-timings.txt; they are figures to read, and no bound holds on every machine. */
    @Test
    void shouldShowLiveFiguresAfterEachLoad() throws IOException {
        context.addInitScript("const look = () => document.querySelector('#freshness-plot canvas')"
                + " && document.querySelectorAll('.stage').length === 5"
                + " ? window.liveAt = performance.now() : requestAnimationFrame(look); requestAnimationFrame(look);");
        List<String> lines = new ArrayList<>();
        for (int load = 0; load < LOADS; load++) {
            page.reload();
            // The browser reports a paint when it is on the screen, which can be after the frame that drew the figures.
            // The page's policy
            // forbids what waitForFunction does in it.
            await().pollInSameThread()
                    .until(() -> page.evaluate("window.liveAt > 0"
                                    + " && performance.getEntriesByName('first-contentful-paint').length === 1")
                            .equals(true));
            lines.add(page.evaluate("[performance.getEntriesByType('navigation')[0].domInteractive,"
                            + " performance.getEntriesByName('first-contentful-paint')[0].startTime,"
                            + " window.liveAt].map(Math.round).join(' ')")
                    .toString());
        }
        Files.write(Path.of("target", "page-timings.txt"), lines);

        assertThat(lines).hasSize(LOADS).allMatch(line -> line.matches("\\d+ \\d+ \\d+"));
    }

    private void open(Browser.NewContextOptions options) {
        if (context != null) {
            context.close();
        }
        context = browser.newContext(options);
        page = context.newPage();
        page.onConsoleMessage(message -> {
            if (message.type().equals("error") || message.type().equals("warning")) {
                complaints.add(message.text());
            }
        });
        page.onPageError(complaints::add);
        page.navigate("http://127.0.0.1:" + console.port() + "/");
        assertThat(page.locator("#freshness-plot canvas")).isVisible();
    }

    private void screenshot(String name) {
        page.screenshot(new Page.ScreenshotOptions()
                .setPath(Path.of("target", "screenshots", "console-" + name + ".png"))
                .setFullPage(true));
    }

    private static LiveVersion live() {
        try (CheckpointLog log = new CheckpointLog(KAFKA.clientProperties())) {
            return log.live(MODEL).orElseThrow();
        }
    }

    /** A stream in the middle of its work: a little lag everywhere, and dirt. */
    private static void stream() throws IOException {
        Instant now = Instant.now();
        for (int i = 0; i < 12; i++) {
            samples.crawled(0, picture(Color.BLUE), "a blue circle", now.minusSeconds(12 - i));
        }
        samples.committed("capstan-ingest", Topics.PAIRS_CRAWLED, 0, 8);
        long hostile = samples.crawled(1, picture(Color.GREEN), HOSTILE, now);
        samples.committed("capstan-ingest", Topics.PAIRS_CRAWLED, 1, hostile + 1);
        for (int version = 1; version <= VERSIONS; version++) {
            samples.checkpoint(version, 0, now.minusSeconds(10L * (VERSIONS + 1 - version)));
        }
        samples.live(VERSIONS, "held-out recall did not fall");
        samples.reload("inference-1", VERSIONS, ReloadOutcome.SERVING, "");
        samples.labelSet("animals", List.of("cat", "dog", "horse", "whale"));
        String[] captions = {"a cat", "a yellow square", "a dog on grass", "a green triangle", "a whale", "two horses"};
        for (int i = 0; i < captions.length; i++) {
            samples.captioned(captions[i], 0.35 + 0.1 * i, VERSIONS - 1);
        }
        samples.captioned(HOSTILE, 0.4, VERSIONS);
        samples.rejected(0, 0, "image-too-small", "The shorter side has 9 pixels, and 16 are needed.");
        samples.rejected(0, 1, "text-too-short", "The text has 1 word, and 2 are needed.");
        samples.rejected(0, 2, "exact-duplicate", "The pair was admitted before.");
        samples.rejected(1, hostile, "text-markup", HOSTILE);
    }

    private static byte[] picture(Color color) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageIO.write(TinyModels.picture(color, Color.WHITE), "png", bytes);
        return bytes.toByteArray();
    }
}
