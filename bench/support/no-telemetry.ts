// To be imported before onnxruntime by benchmarks that use it without hpo.
import { disableTelemetry } from '../../src/system/telemetry.js';

disableTelemetry();
