package dev.capstan.model.pretrained;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.model.parity.ParityFixture;
import dev.capstan.model.tensors.Safetensors;
import dev.capstan.model.tensors.TensorValue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** A copy of a fixture's directory, to be damaged. */
record DirectoryCopy(Path directory) {
    void copy(String fixture) throws IOException {
        try (Stream<Path> files = Files.list(ParityFixture.directory(fixture))) {
            for (Path file : files.toList()) {
                Files.write(directory.resolve(file.getFileName().toString()), Files.readAllBytes(file));
            }
        }
    }

    /** Changes the tensors of a model of one file. */
    void change(Consumer<List<TensorValue>> change) throws IOException {
        Path file = directory.resolve("model.safetensors");
        List<TensorValue> tensors = new ArrayList<>(Safetensors.read(file).tensors());
        change.accept(tensors);
        Safetensors.write(file, tensors, Map.of());
    }

    void rewrite(String name, String before, String after) throws IOException {
        String content = Files.readString(directory.resolve(name), StandardCharsets.UTF_8);
        assertThat(content).contains(before);
        Files.writeString(directory.resolve(name), content.replace(before, after));
    }
}
