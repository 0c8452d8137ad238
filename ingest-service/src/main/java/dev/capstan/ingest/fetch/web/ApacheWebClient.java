package dev.capstan.ingest.fetch.web;

import java.io.InterruptedIOException;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.config.TlsConfig;
import org.apache.hc.client5.http.impl.async.CloseableHttpAsyncClient;
import org.apache.hc.client5.http.impl.async.HttpAsyncClients;
import org.apache.hc.client5.http.impl.nio.PoolingAsyncClientConnectionManagerBuilder;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.client5.http.ssl.HostnameVerificationPolicy;
import org.apache.hc.client5.http.ssl.HttpsSupport;
import org.apache.hc.core5.concurrent.FutureCallback;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.nio.AsyncRequestProducer;
import org.apache.hc.core5.http.nio.support.AsyncRequestBuilder;
import org.apache.hc.core5.http2.HttpVersionPolicy;
import org.apache.hc.core5.http2.config.H2Config;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.ssl.SSLContexts;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The client on Apache HttpComponents: HTTP/2 where the server offers it over TLS, HTTP/1.1 elsewhere, many requests on
 * few threads. A request begins on one of the resolver threads, because names are looked up there and may block; a
 * timer ends it when its time is over, however slowly bytes trickle.
 */
public final class ApacheWebClient implements WebClient {
    private static final Logger LOG = LoggerFactory.getLogger(ApacheWebClient.class);
    private static final Timeout IDLE = Timeout.ofSeconds(30);
    private static final int MAX_HEADERS = 200;
    private static final int MAX_LINE = 16 * 1024;

    private final WebSettings settings;
    private final RobotsTag robots;
    private final BufferBudget budget;
    private final Clock clock;
    private final CloseableHttpAsyncClient client;
    private final ExecutorService resolvers;
    private final ScheduledThreadPoolExecutor timer;
    private volatile boolean closing;
    private volatile @Nullable Exception broken;

    /** @param lookup how names are looked up */
    public ApacheWebClient(WebSettings settings, NameLookup lookup, BufferBudget budget, Clock clock) {
        this(settings, lookup, budget, clock, SSLContexts.createDefault());
    }

    /** @param trusted certificates that vouch for servers; a certificate must also name the host that was asked */
    ApacheWebClient(WebSettings settings, NameLookup lookup, BufferBudget budget, Clock clock, SSLContext trusted) {
        this.settings = settings;
        this.robots = new RobotsTag(settings.robotsTags(), settings.robotName());
        this.budget = budget;
        this.clock = clock;
        AtomicInteger number = new AtomicInteger();
        resolvers = Executors.newFixedThreadPool(
                settings.resolverThreads(), task -> daemon(task, "fetch-resolver-" + number.incrementAndGet()));
        timer = new ScheduledThreadPoolExecutor(1, task -> daemon(task, "fetch-timer"));
        timer.setRemoveOnCancelPolicy(true);
        Timeout connect = Timeout.of(settings.connectTimeout());
        Timeout request = Timeout.of(settings.requestTimeout());
        client = HttpAsyncClients.custom()
                .setConnectionManager(PoolingAsyncClientConnectionManagerBuilder.create()
                        .setDnsResolver(new CheckedResolver(lookup, new AddressPolicy(settings.allowedAddresses())))
                        .setTlsStrategy(new DefaultClientTlsStrategy(
                                trusted, HostnameVerificationPolicy.BOTH, HttpsSupport.getDefaultHostnameVerifier()))
                        .setMaxConnTotal(settings.maxConnections())
                        .setMaxConnPerRoute(settings.connectionsPerHost())
                        .setDefaultConnectionConfig(ConnectionConfig.custom()
                                .setConnectTimeout(connect)
                                .setSocketTimeout(request)
                                .setIdleTimeout(IDLE)
                                .setValidateAfterInactivity(TimeValue.ofSeconds(2))
                                .build())
                        .setDefaultTlsConfig(TlsConfig.custom()
                                .setVersionPolicy(HttpVersionPolicy.NEGOTIATE)
                                .setHandshakeTimeout(connect)
                                .build())
                        .build())
                .setDefaultRequestConfig(RequestConfig.custom()
                        .setConnectionRequestTimeout(request)
                        .setResponseTimeout(request)
                        .setRedirectsEnabled(false)
                        .setAuthenticationEnabled(false)
                        .build())
                .setHttp1Config(Http1Config.custom()
                        .setMaxHeaderCount(MAX_HEADERS)
                        .setMaxLineLength(MAX_LINE)
                        .build())
                .setH2Config(H2Config.custom()
                        .setPushEnabled(false)
                        .setMaxHeaderListSize(MAX_HEADERS * 1024)
                        .build())
                .setUserAgent(settings.userAgent())
                .setIoReactorExceptionCallback(this::reactorFailed)
                .setThreadFactory(task -> daemon(task, "fetch-io-" + number.incrementAndGet()))
                .evictIdleConnections(IDLE)
                .disableRedirectHandling()
                .disableAutomaticRetries()
                .disableCookieManagement()
                .disableAuthCaching()
                .disableConnectionState()
                .disableContentCompression()
                .build();
        client.start();
    }

    @Override
    public void get(WebAddress address, Consumer<HopResult> done) {
        Exception cause = broken;
        if (cause != null) {
            throw new IllegalStateException("The client's input and output have ended", cause);
        }
        Exchange exchange = new Exchange(address, done);
        try {
            exchange.deadline =
                    timer.schedule(exchange::expire, settings.requestTimeout().toMillis(), TimeUnit.MILLISECONDS);
            resolvers.execute(exchange::begin);
        } catch (RejectedExecutionException e) {
            exchange.failed(e);
        }
    }

    @Override
    public void close() {
        closing = true;
        client.close(CloseMode.IMMEDIATE);
        timer.shutdownNow();
        resolvers.shutdownNow();
    }

    /** While the client closes, a selector that is closed already is no failure. */
    private void reactorFailed(Exception failure) {
        if (!closing) {
            broken = failure;
            LOG.error("reactor=failed", failure);
        }
    }

    /** One request; told of its end once, by whoever is first. */
    private final class Exchange implements FutureCallback<HopResult> {
        private final WebAddress address;
        private final Consumer<HopResult> done;
        private final AtomicBoolean ended = new AtomicBoolean();
        private volatile @Nullable Future<?> deadline;
        private volatile @Nullable Future<?> running;

        Exchange(WebAddress address, Consumer<HopResult> done) {
            this.address = address;
            this.done = done;
        }

        void begin() {
            if (ended.get()) {
                return;
            }
            HttpHost host =
                    new HttpHost(address.scheme(), address.host(), address.hasStandardPort() ? -1 : address.port());
            AsyncRequestProducer request = AsyncRequestBuilder.get()
                    .setHttpHost(host)
                    .setPath(address.target())
                    .setHeader("Accept", "image/webp,image/png,image/jpeg,image/gif,image/bmp,image/*;q=0.8,*/*;q=0.5")
                    .setHeader("Accept-Encoding", "identity")
                    .build();
            Future<HopResult> future = client.execute(
                    host, request, new ResponseReader(settings, robots, budget, clock, this::end), null, null, this);
            running = future;
            if (ended.get()) {
                future.cancel(true);
            }
        }

        void expire() {
            end(timedOut(settings.requestTimeout()));
            Future<?> future = running;
            if (future != null) {
                future.cancel(true);
            }
        }

        @Override
        public void completed(HopResult result) {
            // The reader told already.
        }

        @Override
        public void failed(Exception failure) {
            end(classified(failure));
        }

        @Override
        public void cancelled() {
            end(HopResult.Failed.of("fetch-connection", "The request to " + address.host() + " was ended."));
        }

        private void end(HopResult result) {
            if (!ended.compareAndSet(false, true)) {
                if (result instanceof HopResult.Image image) {
                    budget.release(image.bytes());
                }
                return;
            }
            Future<?> timeout = deadline;
            if (timeout != null) {
                timeout.cancel(false);
            }
            done.accept(result);
        }

        private HopResult classified(Exception failure) {
            for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
                if (cause instanceof ResponseReader.Decided decided) {
                    return decided.result();
                }
                if (cause instanceof ForbiddenAddressException) {
                    return HopResult.Refused.of("fetch-address", cause.getMessage() + ".");
                }
                if (cause instanceof UnknownHostException) {
                    return HopResult.Failed.of("fetch-unknown-host", "No address is known for " + address.host() + ".");
                }
                if (cause instanceof SSLHandshakeException || cause instanceof SSLPeerUnverifiedException) {
                    return HopResult.Refused.of("fetch-tls", address.host() + ": " + reason(cause));
                }
                if (cause instanceof SSLException) {
                    return HopResult.Failed.of("fetch-tls", address.host() + ": " + reason(cause));
                }
                if (cause instanceof InterruptedIOException) {
                    return HopResult.Failed.of("fetch-timeout", address.host() + ": " + reason(cause));
                }
            }
            return HopResult.Failed.of("fetch-connection", address.host() + ": " + reason(failure));
        }
    }

    private static HopResult timedOut(Duration after) {
        return HopResult.Failed.of("fetch-timeout", "The response had not ended after " + after.toMillis() + " ms.");
    }

    private static String reason(Throwable failure) {
        String message = failure.getMessage();
        return message == null ? failure.getClass().getSimpleName() + "." : message + ".";
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }
}
