# Made once and kept in the secret store; they are also in the state of terraform, which therefore belongs into an encrypted
# backend.

resource "random_password" "signing" {
  for_each = toset(["JWT_SECRET_KEY", "REFRESH_JWT_SECRET_KEY"])
  length   = 64
  special  = false
}

resource "random_password" "admin" {
  length = 24
}

resource "random_password" "metrics" {
  length  = 32
  special = false
}

locals {
  database = aws_db_instance.booking
  secrets = merge({
    DATABASE_URL           = "postgres://${local.database.username}:${random_password.database.result}@${local.database.endpoint}/${local.database.db_name}?sslmode=require"
    REDIS_URL              = "rediss://${aws_elasticache_replication_group.booking.primary_endpoint_address}:6379"
    JWT_SECRET_KEY         = random_password.signing["JWT_SECRET_KEY"].result
    REFRESH_JWT_SECRET_KEY = random_password.signing["REFRESH_JWT_SECRET_KEY"].result
    ADMIN_PASSWORD         = random_password.admin.result
    METRICS_TOKEN          = random_password.metrics.result
    }, var.smtp_url == null ? {} : {
    SMTP_URL = var.smtp_url
  })
}

resource "aws_ssm_parameter" "secret" {
  for_each = toset(nonsensitive(keys(local.secrets)))
  name     = "/booking/${each.key}"
  type     = "SecureString"
  value    = local.secrets[each.key]
}
