"""Where the CloudFormation API answers, and where custom resources are answered."""

from __future__ import annotations

from airflow_lineage_provider.local_aws.services.cloudformation.responses import StackResponse

__all__ = ["url_bases", "url_paths"]

url_bases = [r"https?://cloudformation\.(.+)\.amazonaws\.com"]
url_paths = {
    "{0}/$": StackResponse.dispatch,
    "{0}/cloudformation_(?P<region>[^/]+)/cfnresponse$": StackResponse.answer_custom_resource,
}
