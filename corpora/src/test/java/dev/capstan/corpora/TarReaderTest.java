package dev.capstan.corpora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class TarReaderTest {

    private static final String LONG_NAME = "package/" + "deep/".repeat(40) + "file.txt";

    @Test
    void shouldReadFilesAndSkipTheRest() throws IOException {
        ByteArrayOutputStream archive = new ByteArrayOutputStream();
        NpmFixture.writeEntry(archive, "package/", '5', new byte[0]);
        NpmFixture.writeEntry(archive, "package/first", '0', NpmFixture.utf8("one"));
        NpmFixture.writeEntry(archive, "package/skipped", '0', new byte[700]);
        NpmFixture.writeEntry(archive, "package/second", '\0', NpmFixture.utf8("two"));
        archive.write(new byte[1024]);

        TarReader reader = reader(archive);

        assertThat(reader.nextFile()).hasValue("package/first");
        assertThat(reader.read()).isEqualTo(NpmFixture.utf8("one"));
        assertThat(reader.nextFile()).hasValue("package/skipped");
        assertThat(reader.nextFile()).hasValue("package/second");
        assertThat(reader.read()).isEqualTo(NpmFixture.utf8("two"));
        assertThat(reader.nextFile()).isEmpty();
    }

    @Test
    void shouldTakeLongNamesOfPaxHeaders() throws IOException {
        ByteArrayOutputStream archive = new ByteArrayOutputStream();
        String record = " path=" + LONG_NAME + "\n";
        String counted = (record.length() + 3) + record;
        NpmFixture.writeEntry(archive, "PaxHeader/file.txt", 'x', NpmFixture.utf8("14 mtime=12345\n" + counted));
        NpmFixture.writeEntry(archive, "package/file.txt", '0', NpmFixture.utf8("content"));
        NpmFixture.writeEntry(archive, "package/next", '0', new byte[0]);

        TarReader reader = reader(archive);

        assertThat(reader.nextFile()).hasValue(LONG_NAME);
        assertThat(reader.read()).isEqualTo(NpmFixture.utf8("content"));
        assertThat(reader.nextFile()).hasValue("package/next");
    }

    @Test
    void shouldTakeLongNamesOfGnu() throws IOException {
        ByteArrayOutputStream archive = new ByteArrayOutputStream();
        NpmFixture.writeEntry(archive, "././@LongLink", 'L', NpmFixture.utf8(LONG_NAME + "\0"));
        NpmFixture.writeEntry(archive, "package/cut", '0', NpmFixture.utf8("content"));

        assertThat(reader(archive).nextFile()).hasValue(LONG_NAME);
    }

    @Test
    void shouldNoticeAnArchiveThatEndsTooSoon() throws IOException {
        ByteArrayOutputStream archive = new ByteArrayOutputStream();
        NpmFixture.writeEntry(archive, "package/file", '0', new byte[2000]);
        TarReader reader = new TarReader(new ByteArrayInputStream(Arrays.copyOf(archive.toByteArray(), 1500)));
        reader.nextFile();

        assertThatThrownBy(reader::read).isInstanceOf(EOFException.class);
    }

    @Test
    void shouldRefuseWhatIsNoTar() {
        byte[] noise = new byte[2048];
        Arrays.fill(noise, (byte) 'x');

        assertThatThrownBy(() -> new TarReader(new ByteArrayInputStream(noise)).nextFile())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("not a tar header");
    }

    private static TarReader reader(ByteArrayOutputStream archive) {
        return new TarReader(new ByteArrayInputStream(archive.toByteArray()));
    }
}
