package dev.capstan.local.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PortsTest {
    @Test
    void shouldTakeTheUsualPortWhereItIsFree() {
        int free = Ports.free();

        assertThat(Ports.preferred(free)).isEqualTo(free);
    }

    @Test
    void shouldTakeAnotherPortWhereTheUsualOneIsTaken() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThat(Ports.preferred(taken.getLocalPort())).isPositive().isNotEqualTo(taken.getLocalPort());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "65536", "http", "", "-1", "123456"})
    void shouldRefuseWhatIsNoPort(String value) {
        assertThatThrownBy(() -> Ports.parse("CAPSTAN_CONSOLE_PORT", value))
                .isInstanceOf(StackException.class)
                .hasMessageContaining("CAPSTAN_CONSOLE_PORT is \"" + value + "\"");
    }

    @Test
    void shouldReadAPort() {
        assertThat(Ports.parse("CAPSTAN_CONSOLE_PORT", "8090")).isEqualTo(8090);
    }
}
