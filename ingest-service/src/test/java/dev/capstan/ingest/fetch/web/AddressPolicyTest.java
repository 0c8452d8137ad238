package dev.capstan.ingest.fetch.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AddressPolicyTest {
    private final AddressPolicy policy = new AddressPolicy(List.of());

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0",
                "127.0.0.1",
                "127.255.255.254",
                "10.1.2.3",
                "172.16.0.1",
                "172.31.255.255",
                "192.168.1.1",
                "169.254.169.254",
                "100.64.0.1",
                "100.100.100.200",
                "168.63.129.16",
                "192.0.0.192",
                "198.18.0.1",
                "224.0.0.1",
                "239.1.1.1",
                "255.255.255.255",
                "::",
                "::1",
                "::ffff:127.0.0.1",
                "::ffff:10.0.0.1",
                "::127.0.0.1",
                "64:ff9b::7f00:1",
                "64:ff9b::808:808",
                "64:ff9b:1::1",
                "fe80::1",
                "fec0::1",
                "fc00::1",
                "fd00:ec2::254",
                "ff02::1",
                "2002:7f00:1::",
                "2001::1",
                "2001:db8::1",
                "100::1"
            })
    void shouldRefuseWhatIsNotPublic(String address) throws UnknownHostException {
        assertThat(policy.refusal(InetAddress.getByName(address))).isPresent();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "8.8.8.8",
                "172.32.0.1",
                "172.15.255.255",
                "100.128.0.1",
                "192.167.255.255",
                "2606:4700::1111",
                "2a00::1"
            })
    void shouldTakeWhatIsPublic(String address) throws UnknownHostException {
        assertThat(policy.refusal(InetAddress.getByName(address))).isEmpty();
    }

    @Test
    void shouldSeeThroughAMappedAddressThatWasNotUnwrapped() throws UnknownHostException {
        byte[] mapped = new byte[16];
        mapped[10] = -1;
        mapped[11] = -1;
        mapped[12] = 10;
        InetAddress address = Inet6Address.getByAddress("name", mapped, 0);

        assertThat(policy.refusal(address)).contains("in 10.0.0.0/8");
    }

    @Test
    void shouldTakeWhatIsAllowedAndNothingBeside() throws UnknownHostException {
        AddressPolicy allowing =
                new AddressPolicy(List.of(AddressRange.parse("10.8.0.0/13"), AddressRange.parse("::1")));

        assertThat(allowing.refusal(InetAddress.getByName("10.15.255.255"))).isEmpty();
        assertThat(allowing.refusal(InetAddress.getByName("10.16.0.0"))).isPresent();
        assertThat(allowing.refusal(literal("::1"))).isEmpty();
        assertThat(allowing.refusal(literal("127.0.0.1"))).isPresent();
    }

    @Test
    void shouldJudgeTheAddressInsideAnAllowedTranslation() throws UnknownHostException {
        AddressPolicy allowing = new AddressPolicy(List.of(AddressRange.parse("64:ff9b::/96")));

        assertThat(allowing.refusal(InetAddress.getByName("64:ff9b::808:808"))).isEmpty();
        assertThat(allowing.refusal(InetAddress.getByName("64:ff9b::a00:1"))).isPresent();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"localhost", "10.0.0.0/33", "10.0.0.0/x", "10.0.0", "::/129", "10.0.0.0/-1", "", "300.1.1.1"})
    void shouldNameABlockThatIsNone(String text) {
        assertThatThrownBy(() -> AddressRange.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"" + text + "\"");
    }

    private static InetAddress literal(String address) throws UnknownHostException {
        return InetAddress.getByName(address);
    }
}
