package dev.capstan.corpora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmojiPackagesTest {

    private static final int PACKAGES = 6;

    private final NpmFixture npm = new NpmFixture();
    private final List<String> progress = new ArrayList<>();

    @TempDir
    Path directory;

    @Test
    void shouldPutNamesAndPicturesTogether() {
        Pictures pictures = loaded();

        assertThat(pictures.vendors()).containsExactly("google", "twitter", "openmoji", "fluent");
        assertThat(pictures.labels()).containsExactly("monkey face", "red apple", "red heart", "waving hand");
        Concept monkey = pictures.concepts().get(0);
        assertThat(monkey.keyWords()).containsExactly("animal", "banana");
        assertThat(monkey.novelty()).isEqualTo(Novelty.NEW);
        assertThat(monkey.subcategory()).isEqualTo("animal-mammal");
        assertThat(monkey.pictures().keySet()).containsExactlyElementsOf(pictures.vendors());
        assertThat(pictures.labels(Novelty.KNOWN)).containsExactly("red apple", "red heart", "waving hand");
    }

    @Test
    void shouldKnowWhatMayBeMirrored() {
        Pictures pictures = loaded();

        assertThat(pictures.concepts().stream().filter(Concept::mirrorable).map(Concept::name))
                .containsExactly("monkey face", "red apple", "waving hand");
    }

    @Test
    void shouldDrawEveryPictureInItsColour() {
        Pictures pictures = loaded();
        int colour = 0xff000000 | "1F34E".hashCode();

        Concept apple = pictures.concepts().get(1);

        assertThat(apple.pictures().values())
                .map(picture -> picture.draw(Seeds.random(0)))
                .allSatisfy(image -> {
                    assertThat(image.getWidth()).isBetween(64, 72);
                    assertThat(image.getRGB(image.getWidth() / 2, image.getHeight() / 2))
                            .isEqualTo(colour);
                    assertThat(image.getRGB(0, 0)).isZero();
                });
    }

    @Test
    void shouldFetchEachPackageOnce() {
        loaded();
        EmojiPackages later = npm.packages(directory);

        EmojiPackages.Loading loading = later.load(progress::add);

        assertThat(loading).isInstanceOf(EmojiPackages.Loading.Loaded.class);
        assertThat(npm.fetched()).hasSize(PACKAGES).doesNotHaveDuplicates();
        assertThat(later.isCached()).isTrue();
    }

    @Test
    void shouldKeepOnlyWhatIsUsed() throws IOException {
        loaded();

        List<String> kept = new ArrayList<>(new PackageStore(directory, npm, progress::add)
                .files(npm.source().vendors().get(0).npmPackage())
                .keySet());

        assertThat(kept).contains("emoji.json", "img/google/64/1f435.png").hasSize(6);
        assertThat(kept).noneMatch(path -> path.contains("sheets") || path.contains("1f3fd"));
    }

    @Test
    void shouldSayWhatIsDamagedAndRecoverFromHalfADownload() {
        npm.failBy((specifier, archive) -> new NpmFixture.Delivery(
                0,
                "",
                specifier.startsWith("pictures-openmoji") ? Arrays.copyOf(archive, archive.length / 2) : archive));

        EmojiPackages.Loading broken = npm.packages(directory).load(progress::add);
        npm.recover();
        EmojiPackages.Loading again = npm.packages(directory).load(progress::add);

        assertThat(reason(broken)).contains("pictures-openmoji@1.2.3", "another content", "run again");
        assertThat(again).isInstanceOf(EmojiPackages.Loading.Loaded.class);
        assertThat(npm.fetched())
                .filteredOn(specifier -> specifier.startsWith("pictures-openmoji"))
                .hasSize(2);
        assertThat(npm.fetched())
                .filteredOn(specifier -> specifier.startsWith("pictures-google"))
                .hasSize(1);
    }

    @Test
    void shouldClearAwayWhatAKilledProcessLeft() throws IOException {
        Path half = Files.createDirectories(directory.resolve("fetching-123"));
        Files.write(half.resolve("emoji.tgz"), new byte[1000]);
        Files.write(directory.resolve("pictures-google-1.2.3.zip.part"), new byte[1000]);

        loaded();

        try (Stream<Path> entries = Files.list(directory)) {
            assertThat(entries.map(path -> path.getFileName().toString()))
                    .noneMatch(name -> name.startsWith("fetching") || name.endsWith(".part"));
        }
    }

    @Test
    void shouldFetchADamagedPackageAgain() throws IOException {
        loaded();
        Files.delete(pack());
        Path kept = directory.resolve("pictures-twitter-1.2.3.zip");
        byte[] content = Files.readAllBytes(kept);
        Files.write(kept, Arrays.copyOf(content, content.length / 2));

        Pictures pictures = loaded();

        assertThat(pictures.concepts()).hasSize(4);
        assertThat(npm.fetched())
                .filteredOn(specifier -> specifier.startsWith("pictures-twitter"))
                .hasSize(2);
        assertThat(progress).anyMatch(line -> line.contains("pictures-twitter-1.2.3.zip is damaged"));
    }

    @Test
    void shouldMakeATruncatedPackAgainWithoutANetwork() throws IOException {
        loaded();
        byte[] content = Files.readAllBytes(pack());
        Files.write(pack(), Arrays.copyOf(content, content.length - 1));

        Pictures pictures = loaded();

        assertThat(pictures.concepts()).hasSize(4);
        assertThat(npm.fetched()).hasSize(PACKAGES);
        assertThat(progress).anyMatch(line -> line.contains("making it again"));
    }

    @Test
    void shouldNoticeADamagedPicture() throws IOException {
        loaded();
        byte[] content = Files.readAllBytes(pack());
        content[content.length - 10] ^= 1;
        Files.write(pack(), content);

        Pictures pictures = loaded();

        Picture last =
                Objects.requireNonNull(pictures.concepts().get(3).pictures().get("fluent"));
        assertThatThrownBy(() -> last.draw(Seeds.random(0)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("delete it");
    }

    @Test
    void shouldDeletePacksOfOtherVersions() throws IOException {
        Files.createDirectories(directory);
        Files.write(directory.resolve("emoji-000000000000.pack"), new byte[10]);

        loaded();

        assertThat(packs()).hasSize(1).doesNotContain(directory.resolve("emoji-000000000000.pack"));
    }

    @Test
    void shouldFallBackToShapesWithoutNpm() {
        CommandRunner noNpm = (command, workplace, limit) -> {
            throw new IOException("Cannot run program \"npm\": No such file or directory");
        };

        SampleCorpus corpus = SampleCorpus.emojiOrShapes(new EmojiPackages(directory, noNpm), progress::add);

        assertThat(corpus.pictures().corpus()).isEqualTo(CaptionedShapes.CORPUS);
        assertThat(corpus.recipe()).isEqualTo(SampleRecipe.shapes());
        assertThat(corpus.fallback())
                .hasValueSatisfying(reason -> assertThat(reason).contains("npm cannot be started", "install Node.js"));
    }

    @Test
    void shouldReportWhatNpmSaid() {
        npm.failBy((specifier, archive) ->
                new NpmFixture.Delivery(1, "npm warn something\nnpm error network timed out\n\n", new byte[0]));

        EmojiPackages.Loading loading = npm.packages(directory).load(progress::add);

        assertThat(reason(loading)).contains("exit code 1", "npm error network timed out", "check the network");
    }

    @Test
    void shouldSayWhenItsDirectoryCannotBeMade() throws IOException {
        Path file = Files.createFile(directory.resolve("taken"));

        EmojiPackages.Loading loading = npm.packages(file.resolve("cache")).load(progress::add);

        assertThat(reason(loading)).contains(file.toString(), "check its permissions");
    }

    @Test
    void shouldGiveTheEmojiWhereTheyAreHere() {
        SampleCorpus corpus = npm.packages(directory).load(progress::add).orShapes();

        assertThat(corpus.pictures().corpus()).isEqualTo("emoji");
        assertThat(corpus.fallback()).isEmpty();
        assertThat(corpus.pictures().vendors()).contains(corpus.recipe().heldOutVendor());
    }

    @Test
    void shouldPinEveryPublishedPackage() {
        EmojiSource published = EmojiSource.published();

        List<NpmPackage> packages = new ArrayList<>(
                published.vendors().stream().map(EmojiSource.Vendor::npmPackage).toList());
        packages.add(published.names());
        packages.add(published.derivedNames());

        assertThat(packages).allMatch(npmPackage -> npmPackage.version().matches("\\d+\\.\\d+\\.\\d+"));
        assertThat(new HashSet<>(packages.stream().map(NpmPackage::integrity).toList()))
                .hasSize(PACKAGES);
        assertThat(new HashSet<>(packages.stream().map(NpmPackage::fileName).toList()))
                .hasSize(PACKAGES);
    }

    private Pictures loaded() {
        EmojiPackages.Loading loading = npm.packages(directory).load(progress::add);
        assertThat(loading).isInstanceOf(EmojiPackages.Loading.Loaded.class);
        return ((EmojiPackages.Loading.Loaded) loading).pictures();
    }

    private static String reason(EmojiPackages.Loading loading) {
        assertThat(loading).isInstanceOf(EmojiPackages.Loading.Unavailable.class);
        return ((EmojiPackages.Loading.Unavailable) loading).reason();
    }

    private Path pack() throws IOException {
        return packs().get(0);
    }

    private List<Path> packs() throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.filter(path -> path.toString().endsWith(".pack")).toList();
        }
    }
}
