package io.evbuffer.event;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static io.evbuffer.testing.ArchitectureRules.callNativeCodeInNativeClassesOnly;
import static io.evbuffer.testing.ArchitectureRules.showNoHiddenTypes;
import static io.evbuffer.testing.ArchitectureRules.standOnJavaAndAgronaAlone;

import com.tngtech.archunit.core.domain.JavaClasses;
import io.evbuffer.EvBuffer;
import io.evbuffer.testing.ArchitectureRules;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
    private static final JavaClasses REACTOR = ArchitectureRules.classesBeside(EventBase.class);

    @Test
    void reactorAndBufferEventsStandOnJavaAgronaAndOurOwnAlone() {
        standOnJavaAndAgronaAlone().check(REACTOR);
    }

    @Test
    void theReactorKnowsVectorsButNoBuffers() {
        noClasses()
                .that()
                .resideInAPackage("io.evbuffer.event..")
                .should()
                .dependOnClassesThat(type(EvBuffer.class))
                .orShould()
                .dependOnClassesThat()
                .resideInAPackage("io.evbuffer.bufferevent")
                .check(REACTOR);
    }

    @Test
    void bufferEventsKnowNoBackend() {
        noClasses()
                .that()
                .resideInAPackage("io.evbuffer.bufferevent")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.evbuffer.event.backend..")
                .check(REACTOR);
    }

    @Test
    void nativeCodeIsCalledInNativeClassesOnly() {
        callNativeCodeInNativeClassesOnly().check(REACTOR);
    }

    @Test
    void signaturesShowNoHiddenTypes() {
        showNoHiddenTypes(
                        "io.evbuffer",
                        "io.evbuffer.memory",
                        "io.evbuffer.channel",
                        "io.evbuffer.event",
                        "io.evbuffer.event.backend",
                        "io.evbuffer.bufferevent")
                .check(REACTOR);
    }
}
