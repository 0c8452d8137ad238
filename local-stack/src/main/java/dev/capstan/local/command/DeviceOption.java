package dev.capstan.local.command;

import dev.capstan.model.ModelDevice;
import picocli.CommandLine.Option;

/** Where a model computes. */
final class DeviceOption {
    @Option(
            names = "--device",
            defaultValue = "auto",
            description = "cpu, gpu, gpu:N or auto (default: ${DEFAULT-VALUE}).")
    private String device = "";

    /** @throws IllegalArgumentException if it is none of these */
    ModelDevice get() {
        return ModelDevice.parse(device);
    }
}
