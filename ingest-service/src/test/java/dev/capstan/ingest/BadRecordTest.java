package dev.capstan.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.schemas.records.CuratedPair;
import dev.capstan.schemas.records.RejectedPair;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Records whose bytes are broken before there is a pair to judge. */
class BadRecordTest {
    private final IngestDriver driver = new IngestDriver();

    @AfterEach
    void close() {
        driver.close();
    }

    @Test
    void shouldRefuseARecordThatIsCutAnywhere() {
        byte[] whole = driver.bytes(TestPairs.good(1));
        int cuts = 0;
        for (int length = 0; length < whole.length; length += Math.max(1, whole.length / 60)) {
            driver.crawlBytes(Arrays.copyOf(whole, length));
            cuts++;
        }

        List<RejectedPair> rejected = driver.rejected();

        assertThat(rejected).hasSize(cuts).extracting(RejectedPair::getRule).containsOnly("record-undecodable");
        assertThat(driver.curated()).isEmpty();
    }

    @Test
    void shouldMakeOneRecordOfEveryRecordWhateverByteIsWrong() {
        byte[] whole = driver.bytes(TestPairs.good(1));
        int records = 0;
        for (int position = 0; position < Math.min(whole.length, 200); position++) {
            for (int value : new int[] {0x00, 0x7f, 0xff}) {
                byte[] damaged = whole.clone();
                damaged[position] = (byte) value;
                driver.crawlBytes(damaged);
                records++;
            }
        }

        int curated = driver.curated().size() + driver.heldout().size();
        List<RejectedPair> rejected = driver.rejected();

        assertThat(rejected.size() + curated).isEqualTo(records);
        assertThat(rejected).extracting(RejectedPair::getRule).contains("record-undecodable", "exact-duplicate");
    }

    @Test
    void shouldTakeATextOfInvalidUtf8WithReplacements() {
        byte[] record = driver.bytes(TestPairs.pair("p", "a dog xyz", TestPairs.picture(1, 48, 48)));
        int at = new String(record, StandardCharsets.ISO_8859_1).indexOf("xyz");
        ByteBuffer.wrap(record).put(at, (byte) 0xC3).put(at + 1, (byte) 0x28).put(at + 2, (byte) 0xFF);

        driver.crawlBytes(record);

        CuratedPair pair = driver.onlyCurated().value();
        assertThat(pair.getText()).isEqualTo("a dog \ufffd(\ufffd");
    }
}
