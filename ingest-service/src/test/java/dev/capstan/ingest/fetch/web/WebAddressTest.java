package dev.capstan.ingest.fetch.web;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WebAddressTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "http://Example.COM http://example.com/",
                "HTTPS://example.com:443/a.png#part https://example.com/a.png",
                "http://example.com:8080?q=1 http://example.com:8080/?q=1",
                "http://example.com./a http://example.com/a",
                "http://my_site.example.com/a http://my_site.example.com/a",
                "http://example.com/%zz%20|ü http://example.com/%25zz%20%7C%C3%BC",
                "http://bücher.example/ http://xn--bcher-kva.example/",
                "http://[::1]:81/a http://[::1]:81/a",
            })
    void shouldWriteAnAddressAsARequestCarriesIt(String text, String expected) {
        assertThat(WebAddress.read(text))
                .isInstanceOfSatisfying(
                        WebAddress.Usable.class,
                        usable -> assertThat(usable.address()).hasToString(expected));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a.png",
                "ftp://example.com/a",
                "file:///etc/passwd",
                "javascript:alert(1)",
                "http://",
                "http:///a",
                "http://user:word@example.com/",
                "http://example.com:99999/",
                "http://example.com:0/",
                "http://a b/",
                "http://exa%6dple.com/",
                "http://[::1/",
                "data:image/png;base64,AAAA"
            })
    void shouldSayWhyATextIsNoAddress(String text) {
        assertThat(WebAddress.read(text))
                .isInstanceOfSatisfying(
                        WebAddress.Unusable.class,
                        unusable -> assertThat(unusable.detail()).endsWith("."));
    }

    @ParameterizedTest
    @CsvSource({
        "/b.png, http://example.com:81/b.png",
        "b.png, http://example.com:81/dir/b.png",
        "../b.png, http://example.com:81/b.png",
        "?x=1, http://example.com:81/dir/a?x=1",
        "//other.example/c, http://other.example/c",
        "https://other.example/c, https://other.example/c",
        "b c.png, http://example.com:81/dir/b%20c.png",
    })
    void shouldFollowARedirect(String location, String expected) {
        WebAddress from = new WebAddress("http", "example.com", 81, "/dir/a?q=2");

        assertThat(from.follow(location))
                .isInstanceOfSatisfying(
                        WebAddress.Usable.class,
                        usable -> assertThat(usable.address()).hasToString(expected));
    }

    @ParameterizedTest
    @ValueSource(strings = {"file:///etc/passwd", "gopher://example.com/", "data:image/png;base64,AA"})
    void shouldNotFollowARedirectOutOfTheWeb(String location) {
        WebAddress from = new WebAddress("http", "example.com", 80, "/");

        assertThat(from.follow(location)).isInstanceOf(WebAddress.Unusable.class);
    }
}
