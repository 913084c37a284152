package io.evbuffer.channel;

import static io.evbuffer.testing.ArchitectureRules.callNativeCodeInNativeClassesOnly;
import static io.evbuffer.testing.ArchitectureRules.showNoHiddenTypes;
import static io.evbuffer.testing.ArchitectureRules.standOnJavaAndAgronaAlone;

import com.tngtech.archunit.core.domain.JavaClasses;
import io.evbuffer.testing.ArchitectureRules;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
    private static final JavaClasses CHANNELS = ArchitectureRules.classesBeside(ChannelReader.class);

    @Test
    void channelsStandOnJavaAgronaAndCoreAlone() {
        standOnJavaAndAgronaAlone().check(CHANNELS);
    }

    @Test
    void nativeCodeIsCalledInNativeClassesOnly() {
        callNativeCodeInNativeClassesOnly().check(CHANNELS);
    }

    @Test
    void signaturesShowNoHiddenTypes() {
        showNoHiddenTypes("io.evbuffer", "io.evbuffer.memory", "io.evbuffer.channel")
                .check(CHANNELS);
    }
}
