# A managed Postgres with point-in-time recovery, and a managed Redis that evicts nothing.

resource "random_password" "database" {
  length  = 32
  special = false
}

resource "aws_db_subnet_group" "booking" {
  name       = "booking"
  subnet_ids = var.private_subnet_ids
}

# Restored or moved, the cluster gets another system identifier: the service begins a new epoch of its log by itself.
resource "aws_db_instance" "booking" {
  identifier                 = "booking"
  engine                     = "postgres"
  engine_version             = "18"
  instance_class             = "db.t4g.medium"
  allocated_storage          = 50
  max_allocated_storage      = 500
  storage_encrypted          = true
  multi_az                   = true
  db_name                    = "booking"
  username                   = "booking"
  password                   = random_password.database.result
  db_subnet_group_name       = aws_db_subnet_group.booking.name
  vpc_security_group_ids     = [aws_security_group.data.id]
  backup_retention_period    = 14
  auto_minor_version_upgrade = true
  deletion_protection        = true
  final_snapshot_identifier  = "booking-final"
}

resource "aws_elasticache_subnet_group" "booking" {
  name       = "booking"
  subnet_ids = var.private_subnet_ids
}

resource "aws_elasticache_parameter_group" "booking" {
  name   = "booking"
  family = "redis7"

  # Jobs are not a cache.
  parameter {
    name  = "maxmemory-policy"
    value = "noeviction"
  }
}

# Reminders are rows of Postgres: losing Redis loses none of them.
resource "aws_elasticache_replication_group" "booking" {
  replication_group_id       = "booking"
  description                = "Queues and news of the booking service"
  engine                     = "redis"
  engine_version             = "7.1"
  node_type                  = "cache.t4g.small"
  num_cache_clusters         = 2
  automatic_failover_enabled = true
  transit_encryption_enabled = true
  at_rest_encryption_enabled = true
  parameter_group_name       = aws_elasticache_parameter_group.booking.name
  subnet_group_name          = aws_elasticache_subnet_group.booking.name
  security_group_ids         = [aws_security_group.data.id]
}
