package dev.capstan.ingest.fetch.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.KeyStore;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import javax.net.ssl.SSLContext;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.EntityDetails;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.HttpVersion;
import org.apache.hc.core5.http.Message;
import org.apache.hc.core5.http.ProtocolVersion;
import org.apache.hc.core5.http.URIScheme;
import org.apache.hc.core5.http.impl.bootstrap.HttpAsyncServer;
import org.apache.hc.core5.http.nio.AsyncRequestConsumer;
import org.apache.hc.core5.http.nio.AsyncServerRequestHandler;
import org.apache.hc.core5.http.nio.entity.DiscardingEntityConsumer;
import org.apache.hc.core5.http.nio.support.AsyncResponseBuilder;
import org.apache.hc.core5.http.nio.support.BasicRequestConsumer;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.http2.impl.nio.bootstrap.H2ServerBootstrap;
import org.apache.hc.core5.http2.ssl.H2ServerTlsStrategy;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.ssl.SSLContexts;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The client and a server over TLS. The key store is made by keytool for the name h2.test alone. */
class ApacheWebClientTest {
    private static final char[] PASSWORD = "changeit".toCharArray();
    private static final WebSettings SETTINGS = new WebSettings(
            "test",
            "test",
            Set.of(),
            List.of(AddressRange.parse("127.0.0.1")),
            Duration.ofSeconds(20),
            Duration.ofSeconds(20),
            100_000,
            0,
            2,
            10,
            2);

    private final ConcurrentLinkedQueue<ProtocolVersion> spoken = new ConcurrentLinkedQueue<>();
    private final BufferBudget budget = new BufferBudget(1_000_000);
    private final byte[] png = png();
    private final SSLContext tls = tls();
    private final HttpAsyncServer server = H2ServerBootstrap.bootstrap()
            .setTlsStrategy(new H2ServerTlsStrategy(tls))
            .setCanonicalHostName("h2.test")
            .register("*", new Images())
            .register("other.test", "*", new Images())
            .create();
    private int port;

    @BeforeEach
    void start() throws Exception {
        server.start();
        InetSocketAddress loopback = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        port = ((InetSocketAddress)
                        server.listen(loopback, URIScheme.HTTPS).get().getAddress())
                .getPort();
    }

    @AfterEach
    void stop() {
        server.close(CloseMode.IMMEDIATE);
    }

    @Test
    void shouldSpeakTheSecondVersionWhereItIsOffered() throws Exception {
        HopResult result = get("h2.test", tls);

        assertThat(result).isInstanceOfSatisfying(HopResult.Image.class, image -> {
            assertThat(image.body()).isEqualTo(ByteBuffer.wrap(png));
            assertThat(budget.used()).isEqualTo(image.bytes());
        });
        assertThat(spoken).containsExactly(HttpVersion.HTTP_2);
    }

    @Test
    void shouldRefuseACertificateForAnotherName() throws Exception {
        HopResult result = get("other.test", tls);

        assertThat(result)
                .isInstanceOfSatisfying(
                        HopResult.Refused.class,
                        refused -> assertThat(refused.rule()).isEqualTo("fetch-tls"));
        assertThat(spoken).isEmpty();
        assertThat(budget.used()).isZero();
    }

    @Test
    void shouldRefuseACertificateThatNobodyVouchesFor() throws Exception {
        HopResult result = get("h2.test", SSLContext.getDefault());

        assertThat(result)
                .isInstanceOfSatisfying(
                        HopResult.Refused.class,
                        refused -> assertThat(refused.rule()).isEqualTo("fetch-tls"));
        assertThat(spoken).isEmpty();
    }

    private HopResult get(String host, SSLContext trust) throws Exception {
        CompletableFuture<HopResult> done = new CompletableFuture<>();
        NameLookup loopback = name -> new InetAddress[] {InetAddress.getLoopbackAddress()};
        try (ApacheWebClient client = new ApacheWebClient(SETTINGS, loopback, budget, Clock.systemUTC(), trust)) {
            client.get(new WebAddress("https", host, port, "/a.png"), done::complete);
            return done.get(60, TimeUnit.SECONDS);
        }
    }

    private static SSLContext tls() {
        try (InputStream file =
                Objects.requireNonNull(ApacheWebClientTest.class.getResourceAsStream("fetch-test.p12"))) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(file, PASSWORD);
            KeyStore trusted = KeyStore.getInstance("PKCS12");
            trusted.load(null, null);
            trusted.setCertificateEntry("fetch-test", store.getCertificate("fetch-test"));
            return SSLContexts.custom()
                    .loadKeyMaterial(store, PASSWORD)
                    .loadTrustMaterial(trusted, null)
                    .build();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] png() {
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        try {
            ImageIO.write(new BufferedImage(20, 20, BufferedImage.TYPE_INT_RGB), "png", output);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return output.toByteArray();
    }

    /** Answers every request with an image and notes the version in which it came. */
    private final class Images implements AsyncServerRequestHandler<Message<HttpRequest, Void>> {
        @Override
        public AsyncRequestConsumer<Message<HttpRequest, Void>> prepare(
                HttpRequest request, EntityDetails entity, HttpContext context) {
            return new BasicRequestConsumer<>(new DiscardingEntityConsumer<>());
        }

        @Override
        public void handle(Message<HttpRequest, Void> message, ResponseTrigger trigger, HttpContext context)
                throws org.apache.hc.core5.http.HttpException, java.io.IOException {
            spoken.add(context.getProtocolVersion());
            trigger.submitResponse(
                    AsyncResponseBuilder.create(200)
                            .setEntity(png, ContentType.IMAGE_PNG)
                            .build(),
                    context);
        }
    }
}
