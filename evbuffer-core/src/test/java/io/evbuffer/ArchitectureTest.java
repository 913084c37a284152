package io.evbuffer;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static io.evbuffer.testing.ArchitectureRules.callNativeCodeInNativeClassesOnly;
import static io.evbuffer.testing.ArchitectureRules.showNoHiddenTypes;
import static io.evbuffer.testing.ArchitectureRules.standOnJavaAndAgronaAlone;

import com.tngtech.archunit.core.domain.JavaClasses;
import io.evbuffer.testing.ArchitectureRules;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
    private static final JavaClasses CORE = ArchitectureRules.classesBeside(EvBuffer.class);

    @Test
    void coreStandsOnJavaAndAgronaAlone() {
        standOnJavaAndAgronaAlone().check(CORE);
    }

    @Test
    void memoryKnowsNoBuffers() {
        noClasses()
                .that()
                .resideInAPackage("io.evbuffer.memory")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.evbuffer")
                .check(CORE);
    }

    @Test
    void nativeCodeIsCalledInNativeClassesOnly() {
        callNativeCodeInNativeClassesOnly().check(CORE);
    }

    @Test
    void signaturesShowNoHiddenTypes() {
        showNoHiddenTypes("io.evbuffer", "io.evbuffer.memory").check(CORE);
    }
}
