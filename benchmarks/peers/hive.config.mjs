// Hive Gateway; SHARE=1 lets identical requests in flight share one execution.
import { defineConfig } from "@graphql-hive/gateway";

export const gatewayConfig = defineConfig({ inboundInflightRequestDeduplication: process.env.SHARE === "1" });
