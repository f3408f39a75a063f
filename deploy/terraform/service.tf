# The API behind a load balancer with TLS, and the worker, as containers without a machine to look after.

locals {
  environment = {
    NODE_ENV        = "production"
    HOST            = "0.0.0.0"
    TRUSTED_PROXIES = data.aws_vpc.booking.cidr_block
    ADMIN_EMAIL     = var.admin_email
    CORS_ORIGINS    = join(",", var.cors_origins)
    MAIL_FROM       = var.mail_from
    PUBLIC_URL      = var.public_url
  }
  processes = {
    api    = { command = "serve", port = 5000, count = var.api_count, probe = ["healthcheck"] }
    worker = { command = "worker", port = 5001, count = var.worker_count, probe = ["healthcheck", "--worker"] }
  }
}

data "aws_vpc" "booking" {
  id = var.vpc_id
}

resource "aws_cloudwatch_log_group" "booking" {
  name              = "/booking"
  retention_in_days = 30
}

resource "aws_ecs_cluster" "booking" {
  name = "booking"
}

resource "aws_iam_role" "execution" {
  name = "booking-execution"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "execution" {
  role       = aws_iam_role.execution.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}

resource "aws_iam_role_policy" "secrets" {
  name = "booking-secrets"
  role = aws_iam_role.execution.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "ssm:GetParameters"
      Resource = values(aws_ssm_parameter.secret)[*].arn
    }]
  })
}

resource "aws_ecs_task_definition" "booking" {
  for_each                 = local.processes
  family                   = "booking-${each.key}"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 512
  memory                   = 1024
  execution_role_arn       = aws_iam_role.execution.arn

  container_definitions = jsonencode([{
    name                   = each.key
    image                  = var.image
    command                = [each.value.command]
    readonlyRootFilesystem = true
    user                   = "65532"
    # A little more than the 28 s within which a process stops by itself.
    stopTimeout  = 35
    portMappings = [{ containerPort = each.value.port }]
    environment  = [for name, value in local.environment : { name = name, value = value }]
    secrets      = [for name, parameter in aws_ssm_parameter.secret : { name = name, valueFrom = parameter.arn }]
    healthCheck = {
      command     = concat(["CMD", "booking"], each.value.probe)
      interval    = 10
      timeout     = 4
      startPeriod = 30
    }
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        "awslogs-group"         = aws_cloudwatch_log_group.booking.name
        "awslogs-region"        = var.region
        "awslogs-stream-prefix" = each.key
      }
    }
  }])
}

resource "aws_ecs_service" "booking" {
  for_each                           = local.processes
  name                               = each.key
  cluster                            = aws_ecs_cluster.booking.id
  task_definition                    = aws_ecs_task_definition.booking[each.key].arn
  desired_count                      = each.value.count
  launch_type                        = "FARGATE"
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200

  network_configuration {
    subnets         = var.private_subnet_ids
    security_groups = [aws_security_group.service.id]
  }

  dynamic "load_balancer" {
    for_each = each.key == "api" ? [aws_lb_target_group.api.arn] : []

    content {
      target_group_arn = load_balancer.value
      container_name   = each.key
      container_port   = each.value.port
    }
  }

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  depends_on = [aws_lb_listener.https]
}
