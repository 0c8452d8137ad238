package dev.capstan.model.pretrained;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import dev.capstan.model.ModelDevice;
import dev.capstan.model.TorchScriptImageEncoder;
import dev.capstan.model.network.Constants;
import dev.capstan.model.network.TorchScriptEncoder;
import dev.capstan.model.tensors.WeightsFormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * A TorchScript file of an image encoder, tried on one grey picture to learn what it gives.
 *
 * @param architecture what it is
 * @param content the file, mapped
 */
public record TorchScriptProgram(TorchScriptImageEncoder architecture, ByteBuffer content) {
    private static final String CODE = "/code/";
    private static final String CONSTANTS = "/constants.pkl";

    /**
     * Reads a file.
     *
     * @param size side of the pictures that it wants
     * @param mean of red, green and blue in 0..1
     * @param standardDeviation of red, green and blue in 0..1
     * @throws WeightsFormatException if it is a pickle, or no program that turns pictures into features, with the reason
     */
    public static TorchScriptProgram read(Path file, int size, List<Float> mean, List<Float> standardDeviation)
            throws IOException {
        requireTorchScript(file);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            if (channel.size() > Integer.MAX_VALUE) {
                throw new WeightsFormatException(
                        file + " has " + channel.size() + " bytes, more than a tensor can hold");
            }
            ByteBuffer content = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
            return new TorchScriptProgram(tried(file, content, size, mean, standardDeviation), content);
        }
    }

    /**
     * A TorchScript archive carries its code beside the pickle of its values, which the engine's own reader of plain values
     * takes; an archive without code, or no archive at all, is a pickle for Python.
     */
    private static void requireTorchScript(Path file) throws IOException {
        try (ZipFile archive = new ZipFile(file.toFile())) {
            boolean code = archive.stream().anyMatch(entry -> entry.getName().contains(CODE));
            boolean constants =
                    archive.stream().anyMatch(entry -> entry.getName().endsWith(CONSTANTS));
            if (!code || !constants) {
                throw new WeightsFormatException(file + pickle());
            }
        } catch (ZipException e) {
            throw new WeightsFormatException(file + pickle(), e);
        }
    }

    private static String pickle() {
        return " is no TorchScript but, as torch.save writes them, a pickle, which is a program for Python: reading it may run"
                + " whatever its author wrote. Export the encoder where you trust it:"
                + " torch.jit.trace(encoder.eval(), pixels).save(file)";
    }

    private static TorchScriptImageEncoder tried(
            Path file, ByteBuffer content, int size, List<Float> mean, List<Float> standardDeviation)
            throws WeightsFormatException {
        TorchScriptImageEncoder unknown = new TorchScriptImageEncoder(size, 1, 1, mean, standardDeviation);
        try (NDManager manager = ModelDevice.cpu().openManager();
                NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            TorchScriptEncoder encoder = TorchScriptEncoder.load(unknown, content, new Constants(manager));
            NDArray grey = manager.zeros(new Shape(1, size, size, 3));
            TorchScriptEncoder.Raw raw = encoder.run(grey);
            return new TorchScriptImageEncoder(size, raw.features(), raw.positions(), mean, standardDeviation);
        } catch (IllegalArgumentException e) {
            throw new WeightsFormatException(file + ": " + e.getMessage(), e);
        }
    }
}
