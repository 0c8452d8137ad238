package dev.capstan.console.web;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.capstan.checkpoints.CheckpointReadException;
import dev.capstan.checkpoints.PromotionResult;
import dev.capstan.console.ConsoleConfig;
import dev.capstan.console.live.AnswerListener;
import dev.capstan.console.live.LiveState;
import dev.capstan.console.live.PulseBoard;
import dev.capstan.console.web.Outcomes.Answers;
import dev.capstan.console.web.Outcomes.Decision;
import dev.capstan.console.web.Outcomes.Original;
import dev.capstan.console.web.Outcomes.Problem;
import dev.capstan.console.web.PageFiles.PageFile;
import dev.capstan.console.web.Questions.Choice;
import dev.capstan.platform.takedowns.TakedownFollower;
import dev.capstan.platform.takedowns.Takedowns;
import dev.capstan.platform.tracing.Tracing;
import dev.capstan.schemas.RegistryUnavailableException;
import io.javalin.Javalin;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import io.javalin.http.HttpResponseException;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.apache.kafka.common.KafkaException;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The page and what it asks for, over HTTP. Started once, closed once.
 *
 * <pre>
 * GET  /                                    the page
 * GET  /login, POST /login                  where a token is needed
 * GET  /api/events                          server-sent events: pulse, checkpoints, labels, rejected, captions
 * GET  /api/state                           all of these at once
 * GET  /api/rejected/{partition}/{offset}   the original of a refused pair
 * POST /api/checkpoints/{version}/promote   {"reason": "..."}
 * POST /api/checkpoints/{version}/rollback  {"reason": "..."}
 * POST /pairs                               a pair: JSON, or a picture with ?text=
 * POST /api/ask?labels=a,b | ?labelSet=name a picture; answers with labels and a caption
 * </pre>
 */
public final class ConsoleServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ConsoleServer.class);
    private static final int THREADS = 24;
    private static final int IDLE_MILLIS = 30_000;
    private static final int MAX_BODY = 8 * 1024;
    private static final int MAX_REASON = 300;
    private static final int MAX_LABELS = 200;

    /** The one path that programs write to, with no page behind them. */
    private static final String DOOR = "/pairs";

    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
            + "img-src 'self' blob: data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    /** What a visitor may see without the token: the way in. */
    private static final Set<String> OPEN_PATHS = Set.of("/login", "/console.css", "/icon.svg");

    private final ConsoleConfig config;
    private final LiveState state;
    private final PulseBoard board;
    private final AccessPolicy access;
    private final ObjectMapper json = new ObjectMapper();
    private final Map<String, PageFile> files = PageFiles.load();
    private final Questions questions;
    private final Door door;
    private final TakedownFollower takedownFollower;
    private final Originals originals;
    private final Decisions decisions;
    private final EventStream events;
    private final Javalin server;

    public ConsoleServer(
            ConsoleConfig config,
            LiveState state,
            PulseBoard board,
            MeterRegistry registry,
            Clock clock,
            Tracing tracing) {
        this.config = config;
        this.state = state;
        this.board = board;
        access = new AccessPolicy(config.token());
        questions = new Questions(
                config.kafka(), config.pictures().inFlight(), config.pictures().patience(), clock, tracing);
        door = new Door(config.kafka(), config.door(), clock, System::nanoTime, tracing);
        Takedowns takedowns = new Takedowns();
        takedownFollower = new TakedownFollower(config.kafka(), takedowns);
        originals = new Originals(config.kafka(), takedowns, takedownFollower);
        decisions = new Decisions(config.kafka(), config.model());
        events = new EventStream(state, board, json, registry);
        server = Javalin.create(settings -> {
            settings.showJavalinBanner = false;
            settings.http.maxRequestSize = MAX_BODY;
            settings.http.asyncTimeout = 0;
            QueuedThreadPool threads = new QueuedThreadPool(THREADS, 2, IDLE_MILLIS);
            threads.setName("http");
            threads.setDaemon(true);
            settings.jetty.threadPool = threads;
        });
        route();
    }

    /** Where the answers to questions are to be told. */
    public AnswerListener answers() {
        return questions;
    }

    /**
     * Listens.
     *
     * @throws io.javalin.util.JavalinBindException if the port is taken
     */
    public void start() {
        server.start(config.host(), config.port());
        events.start();
        takedownFollower.start();
        LOG.info("console on http://{}:{}", config.host(), port());
    }

    /** The port that it listens on. */
    public int port() {
        return server.port();
    }

    @Override
    public void close() {
        events.close();
        questions.close();
        door.close();
        server.stop();
        takedownFollower.close();
        originals.close();
    }

    private void route() {
        server.before(this::guard);
        files.forEach((path, file) -> server.get(path, context -> send(context, file)));
        server.post("/login", this::login);
        server.sse("/api/events", events::open);
        server.get("/api/state", context -> answer(context, 200, everything()));
        server.get("/api/rejected/{partition}/{offset}", this::original);
        server.post("/api/checkpoints/{version}/promote", context -> decide(context, true));
        server.post("/api/checkpoints/{version}/rollback", context -> decide(context, false));
        server.post("/api/ask", this::ask);
        server.post(DOOR, this::take);
        server.error(404, context -> {
            if (context.resultInputStream() == null || context.result() == null) {
                answer(context, 404, new Problem("There is nothing at " + context.path() + "."));
            }
        });
        server.exception(
                CheckpointReadException.class,
                (failure, context) -> answer(
                        context, 503, new Problem("The checkpoint log cannot be used now: " + failure.getMessage())));
        server.exception(
                KafkaException.class,
                (failure, context) ->
                        answer(context, 503, new Problem("Kafka does not answer now: " + failure.getMessage())));
        server.exception(
                RegistryUnavailableException.class,
                (failure, context) -> answer(
                        context, 503, new Problem("The schema registry does not answer now: " + failure.getMessage())));
        server.exception(
                HttpResponseException.class,
                (refusal, context) ->
                        answer(context, refusal.getStatus(), new Problem(String.valueOf(refusal.getMessage()))));
        server.exception(Exception.class, (bug, context) -> {
            LOG.error("request failed path={}", context.path(), bug);
            answer(context, 500, new Problem("The console failed; its log says why."));
        });
    }

    private void guard(Context context) {
        context.header("Content-Security-Policy", POLICY);
        context.header("X-Content-Type-Options", "nosniff");
        context.header("Referrer-Policy", "no-referrer");
        context.header("Cross-Origin-Resource-Policy", "same-origin");
        context.header("Cache-Control", "no-store");
        String host = context.header("Host");
        if (!access.allowsHost(host)) {
            throw new HttpResponseException(
                    421, "Without a token the console answers only under 127.0.0.1 or localhost.", Map.of());
        }
        boolean reads = context.method() == HandlerType.GET || context.method() == HandlerType.HEAD;
        if (!reads && !isProgram(context) && !access.isOwnOrigin(context.header("Origin"), host)) {
            throw new HttpResponseException(
                    403, "Requests that change something must carry the Origin of this page.", Map.of());
        }
        if (OPEN_PATHS.contains(context.path())
                || access.isKnown(context.header("Authorization"), context.cookie(AccessPolicy.COOKIE))) {
            return;
        }
        if (context.path().equals("/")) {
            context.redirect("/login");
            context.skipRemainingHandlers();
            return;
        }
        throw new HttpResponseException(401, "Give the console's token as a bearer token, or log in.", Map.of());
    }

    /** No browser sends these types without asking first, nor leaves both headers out. */
    private static boolean isProgram(Context context) {
        return context.path().equals(DOOR)
                && context.header("Origin") == null
                && context.header("Sec-Fetch-Site") == null;
    }

    private void login(Context context) {
        Optional<String> session = access.login(context.formParam("token"));
        if (session.isEmpty()) {
            context.redirect("/login?wrong");
            return;
        }
        context.header(
                "Set-Cookie",
                AccessPolicy.COOKIE + "=" + session.get() + "; Path=/; HttpOnly; SameSite=Strict; Max-Age=604800");
        context.redirect("/");
    }

    private void original(Context context) {
        OptionalLong partition = number(context.pathParam("partition"));
        OptionalLong offset = number(context.pathParam("offset"));
        if (partition.isEmpty() || offset.isEmpty() || partition.getAsLong() > Integer.MAX_VALUE) {
            answer(context, 400, new Problem("Give a partition and an offset as whole numbers."));
            return;
        }
        Optional<Original> original = originals.read((int) partition.getAsLong(), offset.getAsLong());
        if (original.isEmpty()) {
            answer(context, 404, new Problem("pairs.crawled has no such partition and offset."));
            return;
        }
        answer(context, 200, original.get());
    }

    private void decide(Context context, boolean forward) {
        OptionalLong version = number(context.pathParam("version"));
        if (version.isEmpty()) {
            answer(context, 400, new Problem("Give a version as a whole number."));
            return;
        }
        String reason = reason(context.body());
        if (reason.isEmpty() || reason.length() > MAX_REASON) {
            answer(
                    context,
                    400,
                    new Problem("Give a reason of 1 to " + MAX_REASON + " characters: it is kept with the decision."));
            return;
        }
        Optional<PromotionResult> result = decisions.decide(forward, version.getAsLong(), reason, "console");
        if (result.isEmpty()) {
            answer(context, 409, new Problem("Another decision is being made: try again."));
            return;
        }
        if (result.get() instanceof PromotionResult.Refused refused) {
            answer(context, 409, new Problem(refused.reason()));
            return;
        }
        answer(context, 200, new Decision(version.getAsLong(), result.get() instanceof PromotionResult.Changed));
    }

    private void ask(Context context) throws IOException {
        int limit = config.pictures().maxBytes();
        byte[] picture;
        try (InputStream body = context.bodyInputStream()) {
            picture = body.readNBytes(limit + 1);
        }
        if (picture.length == 0 || picture.length > limit) {
            answer(
                    context,
                    picture.length == 0 ? 400 : 413,
                    new Problem("Send a picture file of 1 to " + limit + " bytes."));
            return;
        }
        Optional<Choice> choice = choice(context);
        if (choice.isEmpty()) {
            answer(
                    context,
                    400,
                    new Problem("Give labels, separated by commas (at most " + MAX_LABELS + "), or labelSet."));
            return;
        }
        Optional<CompletableFuture<Answers>> asked = questions.ask(picture, choice.get());
        if (asked.isEmpty()) {
            context.header("Retry-After", "2");
            answer(context, 429, new Problem("Other pictures are being asked about: try again in a moment."));
            return;
        }
        context.future(() -> asked.get().thenAccept(answers -> answer(context, 200, answers)));
    }

    private void take(Context context) throws IOException {
        Map<String, String> query = new HashMap<>();
        context.queryParamMap()
                .forEach((name, values) -> values.stream().findFirst().ifPresent(value -> query.put(name, value)));
        Optional<CompletableFuture<Door.Reply>> reply;
        try (InputStream body = context.bodyInputStream()) {
            reply = door.take(context.contentType(), query, context.header("traceparent"), body);
        }
        if (reply.isEmpty()) {
            context.header("Retry-After", "1");
            answer(context, 429, new Problem("More pairs come than are taken: send this one again in a second."));
            return;
        }
        context.future(() -> reply.get().thenAccept(done -> {
            if (done.status() == 503) {
                context.header("Retry-After", "5");
            }
            answer(context, done.status(), done.body());
        }));
    }

    private static Optional<Choice> choice(Context context) {
        String set = context.queryParam("labelSet");
        String given = context.queryParam("labels");
        List<String> labels = given == null
                ? List.of()
                : Arrays.stream(given.split(","))
                        .map(String::strip)
                        .filter(label -> !label.isEmpty())
                        .distinct()
                        .toList();
        if (labels.size() > MAX_LABELS || labels.isEmpty() == (set == null || set.isBlank())) {
            return Optional.empty();
        }
        return Optional.of(new Choice(labels, labels.isEmpty() ? set : null));
    }

    private String reason(String body) {
        try {
            JsonNode reason = json.readTree(body).path("reason");
            return reason.isTextual() ? reason.asText().strip() : "";
        } catch (JsonProcessingException e) {
            return "";
        }
    }

    private Map<String, Object> everything() {
        return Map.of(
                "pulse", board.newest(),
                "checkpoints", state.checkpoints(),
                "labels", state.labelSets(),
                "rejected", state.rejections(),
                "captions", state.captions());
    }

    private void answer(Context context, int status, Object value) {
        try {
            context.status(status)
                    .contentType("application/json; charset=utf-8")
                    .result(json.writeValueAsBytes(value));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void send(Context context, PageFile file) {
        context.contentType(file.type()).result(file.open());
    }

    private static OptionalLong number(String text) {
        return Stream.of(text)
                .filter(one -> one.matches("\\d{1,18}"))
                .mapToLong(Long::parseLong)
                .findFirst();
    }
}
